/**
 * The candidate that was most likely meant: at most a third of the letters wrong, or what was typed is the beginning of
 * one candidate alone.
 */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_]/g, '');
  const wanted = plain(typed);
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  if (best && best.distance <= Math.max(1, Math.floor(wanted.length / 3))) return best.candidate;
  const longer = candidates.filter((candidate) => wanted.length > 1 && plain(candidate).startsWith(wanted));
  return longer.length === 1 ? longer[0] : undefined;
}

/** `; did you mean --epochs?`, or nothing. */
export function suggestion(typed: string, candidates: readonly string[]): string {
  const name = nearest(typed, candidates);
  return name === undefined ? '' : `; did you mean ${name}?`;
}

/** Letters to insert, remove, replace or swap with the next (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let distance = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, before[j - 2]! + 1);
      }
      row.push(distance);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
