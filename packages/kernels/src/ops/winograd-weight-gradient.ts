import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import type { ConvolutionShape } from './convolution-geometry.ts';
import { stackEntries, type WeightGradientShard } from './convolution-passes.ts';

/** Frequencies of a tile of Winograd's. */
export const planes = 36;

/** Floats of all planes; see `planeOf` in assembly/winograd.ts. */
export const planesFloats = (rows: number, channels: number): number => planes * (rows * channels + 16);

/** Of 4×4 output pixels. */
export const tilesOf = (outHeight: number, outWidth: number): number =>
  Math.ceil(outHeight / 4) * Math.ceil(outWidth / 4);

const imageTiles = ({ height, width, padding }: ConvolutionShape): number =>
  tilesOf(height + 2 * padding[0] - 2, width + 2 * padding[1] - 2);

/**
 * Whether a weight gradient has the planes of all tiles, and then makes one register tile of weights after the other; else it has the
 * planes of all weights, and goes over the tiles. The first where there are few tiles and many weights, whose planes would fill no cache.
 * They round otherwise, so it goes by the shape alone.
 */
export const goesByRegisterTile = (shape: ConvolutionShape): boolean =>
  imageTiles(shape) <= 4 && shape.inChannels * shape.outChannels > 4096;

/** Where a weight gradient keeps what it needs. */
export type WinogradWeightGradientMemory =
  | {
      readonly by: 'register tile';
      readonly records: number;
      readonly a: number;
      readonly b: number;
      readonly stack: number;
    }
  | { readonly by: 'shard'; readonly sums: number; readonly stack: number };

/** The sum over a subtree of shards, with `record` of the pass; see `Convolution`. */
export function winogradWeightGradient(
  { wasm, i32, f32 }: Kernels,
  { inChannels, outChannels }: ConvolutionShape,
  record: number,
  memory: WinogradWeightGradientMemory,
  shards: readonly WeightGradientShard[],
  dweight: number,
): void {
  const floats = 9 * inChannels * outChannels;
  if (shards.length === 0) {
    f32.fill(0, dweight / 4, dweight / 4 + floats);
    return;
  }
  if (memory.by === 'register tile') {
    const { records, a, b, stack } = memory;
    i32.set(
      shards.flatMap(({ x, dy, images, merges }) => [x, dy, images, merges]),
      records / 4,
    );
    wasm.winogradWeightGradientByRegisterTile(record, records, shards.length, a, b, stack, dweight);
    return;
  }
  // Each shard's sum is made in the planes, transformed, and added on a stack in the order of the tree.
  let top = memory.stack;
  for (const { x, dy, images, merges } of shards) {
    wasm.winogradWeightGradient(record, x, dy, images, memory.sums, top);
    for (let i = 0; i < merges; i++) {
      top -= floats * 4;
      wasm.add(top, top + floats * 4, floats);
    }
    top += floats * 4;
  }
  const from = memory.stack / 4;
  f32.copyWithin(dweight / 4, from, from + floats);
}

/** Floats of a register tile, and channels of a block of planes: see assembly/winograd-weight-gradient.ts. */
const registerTile = 6 * 16;
const block = 24;

/** Lays out the memory of {@link winogradWeightGradient}, which nothing else uses at the same time; arguments as of `allocateConvolution`. */
export function allocateWinogradWeightGradient(
  shape: ConvolutionShape,
  maxShards: number,
  maxShardImages: number,
  own: Allocator,
  scratch: Allocator,
): WinogradWeightGradientMemory {
  const { inChannels, outChannels } = shape;
  const entries = stackEntries(maxShards) + 1;
  if (goesByRegisterTile(shape)) {
    const floats = planes * maxShards * maxShardImages * imageTiles(shape);
    return {
      by: 'register tile',
      records: own.floats(maxShards * 4),
      a: scratch.floats(floats * Math.ceil(inChannels / block) * block),
      b: scratch.floats(floats * outChannels),
      stack: scratch.floats((planes + entries * 9) * registerTile),
    };
  }
  return {
    by: 'shard',
    sums: scratch.floats(planesFloats(inChannels + 6, outChannels)),
    stack: scratch.floats(entries * 9 * inChannels * outChannels),
  };
}
