import { CoreError } from '../errors.ts';

/** By full name, in bytes. */
export const byteOffsets = (
  entries: readonly { readonly name: string; readonly offset: number }[],
): Map<string, number> => new Map(entries.map(({ name, offset }) => [name, offset * 4]));

/** @throws CoreError `GRAPH_INVALID` if there is none of that name */
export function offsetOf(offsets: ReadonlyMap<string, number>, name: string): number {
  const offset = offsets.get(name);
  if (offset !== undefined) return offset;
  throw new CoreError('GRAPH_INVALID', `there is no tensor "${name}"; there are ${[...offsets.keys()].join(', ')}`);
}
