/**
 * Parts of a line, most important first: as many as the width has room for, with two blanks between. The first is cut if
 * it does not even fit by itself: a live line that wraps could not be drawn over.
 */
export function fit(parts: readonly string[], width: number): string {
  let line = (parts[0] ?? '').slice(0, Math.max(0, width));
  for (const part of parts.slice(1)) {
    if (line.length + 2 + part.length > width) break;
    line += `  ${part}`;
  }
  return line;
}
