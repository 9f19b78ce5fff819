import { pseudoRandom } from '../pseudo-random.ts';
import { type Arena, arenaOf } from './arena.ts';

/** What a case is laid out in. */
export type Ground = Pick<Arena, 'k' | 'put' | 'putIntegers' | 'putDoubles' | 'putBytes' | 'layOut'>;

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
  /** Bytes of the memory, where it takes more than others. */
  readonly memory?: number;
  /** Lays out what the call needs besides. */
  readonly prepare?: (ground: Ground) => void;
  readonly call: (ground: Ground, at: Record<string, number>, counts: Record<string, number>) => void;
}

/** A call that is refused with `KERNEL_ARGUMENT`, whose regions all begin at a valid pointer. */
export type AbiRefusal = readonly [what: string, call: (arena: Arena, at: number) => void];

/** Bytes of an element of a region. */
export const elementBytes = ({ doubles = [], bytes = [] }: AbiCase, name: string): number =>
  doubles.includes(name) ? 8 : bytes.includes(name) ? 1 : 4;

/** Lays out what a case needs: numbers around 1, which all kernels take. */
export function placeOn<G extends Ground>(ground: G, entry: AbiCase): { arena: G; at: Record<string, number> } {
  entry.prepare?.(ground);
  const at = Object.entries(entry.regions).map(([name, length], i) => {
    const values =
      name === 'targets' ? new Float32Array(length).fill(1) : pseudoRandom(length, i, 0.5).map((x) => 1 + x);
    if (['merges', 'labels', 'bounds'].includes(name)) return [name, ground.putIntegers(new Int32Array(length))];
    switch (elementBytes(entry, name)) {
      case 1:
        return [name, ground.putBytes(values.map((value) => value * 127))];
      case 8:
        return [name, ground.putDoubles(values)];
      default:
        return [name, ground.put(values)];
    }
  });
  return { arena: ground, at: Object.fromEntries(at) };
}

/** The same in this process's arena. */
export const place = (entry: AbiCase): { arena: Arena; at: Record<string, number> } =>
  placeOn(arenaOf('default', entry.memory), entry);
