import { CoreError } from '../errors.ts';
import type { Shard } from '../layers/layer.ts';
import type { ReplicaPlan } from '../plan/replica-plan.ts';
import type { TensorPlace } from '../plan/tensors.ts';

/** By full name, in bytes. */
export const byteOffsets = (
  entries: readonly { readonly name: string; readonly offset: number }[],
): Map<string, number> => new Map(entries.map(({ name, offset }) => [name, offset * 4]));

/** @throws CoreError `GRAPH_INVALID` if there is none of that name */
export function placeOf<Place>(places: ReadonlyMap<string, Place>, name: string): Place {
  const place = places.get(name);
  if (place !== undefined) return place;
  throw new CoreError('GRAPH_INVALID', `there is no tensor "${name}"; there are ${[...places.keys()].join(', ')}`);
}

/** Pointer to a tensor of a shard. */
export const pointerTo = (plan: ReplicaPlan, { offset, isPassing }: TensorPlace, shard: Shard): number =>
  (isPassing ? plan.passing : shard.base) + offset * 4;
