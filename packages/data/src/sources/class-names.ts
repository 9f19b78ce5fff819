/** Compares by code points, as UTF-8 does; JavaScript compares UTF-16, which does not. */
export const byCodePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The classes that some labels name: by their numbers if they are integers, else by code points. */
export function classesOf(labels: Iterable<string>): string[] {
  const names = [...new Set(labels)];
  if (names.every((name) => /^\d{1,9}$/.test(name))) return names.sort((a, b) => Number(a) - Number(b));
  return names.sort(byCodePoints);
}
