import { batchNormRowBytes, batchNormScratchFloats } from '@lockstep/kernels';
import { z } from 'zod';
import { initialiserSchema } from '../initialisers.ts';
import { stackedSums } from '../parallel/shards.ts';
import type { LayerAllocators, LayerSizes } from './layer.ts';
import { allocateRows } from './parameter-gradient.ts';

/** Options of `torch.nn.BatchNorm1d` and `torch.nn.BatchNorm2d`. */
export const batchNormOptions = z.strictObject({
  eps: z.number().positive().default(1e-5),
  /** How the weight starts; the bias starts at 0. */
  initialisation: initialiserSchema.default({ kind: 'constant', value: 1 }),
  momentum: z.number().min(0).max(1).default(0.1),
});
export type BatchNormOptions = z.output<typeof batchNormOptions>;

/** Memory of a batch norm: of the one group that the whole batch is, or of each of this worker's ghost groups. */
export interface BatchNormMemory {
  /** float32 [groups][{@link vectorFloats}] */
  readonly mean: number;
  readonly inverse: number;
  /** float64 rows: the whole batch's and what combining all shards' needs besides, or that of each of this worker's groups. */
  readonly rows: number;
  readonly counts: number;
  readonly scratch: number;
  /** Vectors that nobody needs for longer than a call. */
  readonly spare: readonly [number, number];
  readonly weightRows: number;
  readonly biasRows: number;
}

/** Of a vector of so many channels, with what kernels read beyond its end. */
export const vectorFloats = (channels: number): number => Math.ceil(channels / 4) * 4 + 8;

export function allocateBatchNorm(
  { shards, maxOwnShards, ghost }: LayerSizes<unknown>,
  { own, scratch }: LayerAllocators,
  channels: number,
): BatchNormMemory {
  const groups = ghost ? maxOwnShards * ghost.maxGroups : 1;
  const vectors = (count: number): number => own.floats(count * vectorFloats(channels));
  return {
    mean: vectors(groups),
    inverse: vectors(groups),
    rows: own.bytes((ghost ? groups : stackedSums(shards)) * batchNormRowBytes(channels)),
    counts: own.bytes(shards * 8),
    scratch: scratch.floats(batchNormScratchFloats(channels)),
    spare: [scratch.floats(vectorFloats(channels)), scratch.floats(vectorFloats(channels))],
    weightRows: allocateRows(scratch, maxOwnShards, channels),
    biasRows: allocateRows(scratch, maxOwnShards, channels),
  };
}

/** One value has no variance. @param what of which there is one value: a batch of 1, say */
export const tooFewValues = (name: string, what: string, shape: string, remedy: string): string =>
  `${name}: batch normalisation needs more than one value a channel, got ${what} of shape ${shape}; ${remedy}`;
