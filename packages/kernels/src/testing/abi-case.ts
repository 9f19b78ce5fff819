import { type Arena, arenaOf } from './arena.ts';

/** How a typed call is made: its regions in floats (or doubles), its counts, and the call from both. */
export interface AbiCase {
  readonly op: string;
  readonly regions: Readonly<Record<string, number>>;
  readonly doubles?: readonly string[];
  /** Regions of bytes, which may begin anywhere. */
  readonly bytes?: readonly string[];
  /** Regions that may be pointer 0, for none. */
  readonly optional?: readonly string[];
  /** The region that is written, and those that it must not overlap. */
  readonly apart?: readonly [output: string, ...inputs: string[]];
  readonly counts: Readonly<Record<string, number>>;
  /** Counts that are no sizes of regions, such as a stride: there may be more of them than there is memory for. */
  readonly free?: readonly string[];
  /** Lays out what the call needs besides. */
  readonly prepare?: (arena: Arena) => void;
  readonly call: (arena: Arena, at: Record<string, number>, counts: Record<string, number>) => void;
}

/** Bytes of an element of a region. */
export const elementBytes = ({ doubles = [], bytes = [] }: AbiCase, name: string): number =>
  doubles.includes(name) ? 8 : bytes.includes(name) ? 1 : 4;

/** Lays out what a case needs. */
export function place(entry: AbiCase): { arena: Arena; at: Record<string, number> } {
  const arena = arenaOf('default');
  entry.prepare?.(arena);
  const at = Object.entries(entry.regions).map(([name, length]) => {
    if (elementBytes(entry, name) === 1) return [name, arena.putBytes(new Uint8Array(length))];
    if (name === 'merges' || name === 'labels') return [name, arena.putIntegers(new Int32Array(length))];
    return [
      name,
      elementBytes(entry, name) === 8
        ? arena.putDoubles(new Float64Array(length))
        : arena.put(new Float32Array(length).fill(name === 'targets' ? 1 : 0)),
    ];
  });
  return { arena, at: Object.fromEntries(at) };
}
