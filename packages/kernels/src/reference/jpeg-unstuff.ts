/** The segments of a scan without the zero behind each 0xFF, and where the marker behind the last is; undefined where they are not there. */
export function jpegUnstuff(
  x: ArrayLike<number>,
  count: number,
): { readonly segments: readonly (readonly number[])[]; readonly end: number } | undefined {
  const segments: number[][] = [[]];
  for (let at = 0; at + 1 < x.length; at++) {
    if (x[at] !== 0xff) {
      segments.at(-1)!.push(x[at]!);
      continue;
    }
    const next = x[at + 1]!;
    if (next === 0) {
      segments.at(-1)!.push(0xff);
      at++;
      continue;
    }
    const isRestart = next >= 0xd0 && next <= 0xd7;
    if (segments.length === count) return isRestart || next === 0xff ? undefined : { segments, end: at };
    if (next !== 0xd0 + ((segments.length - 1) & 7)) return undefined;
    segments.push([]);
    at++;
  }
  return undefined;
}
