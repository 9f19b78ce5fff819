import type { Kernels } from '../kernels.ts';

/**
 * Batch normalisation in the parts that synchronisation needs. A *row* is 2·channels float64: [mean, m2] forward,
 * [Σ dy, Σ dy·(x − mean)] backward. Each shard writes its row; all rows are gathered; then all are combined in the order
 * of a tree, into the first.
 */
export const batchNormRowBytes = (channels: number): number => channels * 16;

/** Floats of scratch that the apply functions need. */
export const batchNormScratchFloats = (channels: number): number => 3 * (channels + 4);

/** row = the mean and the sum of squared deviations of x[pixels][channels]; all zeros for no pixels. */
export function batchNormStatistics(k: Kernels, x: number, pixels: number, channels: number, row: number): void {
  k.check('batchNorm: x', x, pixels * channels);
  k.check('batchNorm: row', row, 2 * channels, 8);
  if (pixels > 0) k.wasm.batchNormStatistics(x, pixels, channels, row);
  else k.f64.fill(0, row / 8, row / 8 + 2 * channels);
}

/** Combines the statistics of all shards into the first row. `counts` has float64 numbers of pixels and is overwritten. */
export function batchNormCombine(
  k: Kernels,
  rows: number,
  counts: number,
  shards: number,
  channels: number,
  merges: number,
): void {
  k.check('batchNorm: rows', rows, shards * 2 * channels, 8);
  k.check('batchNorm: counts', counts, shards, 8);
  k.check('batchNorm: merges', merges, shards);
  k.wasm.batchNormCombine(rows, counts, shards, channels, merges);
}

/** Vectors of {@link batchNormFinish}, float32 [channels] each. */
export interface BatchNormVectors {
  readonly mean: number;
  /** 1/√(biased variance + eps) */
  readonly inverse: number;
  readonly runningMean: number;
  readonly runningVariance: number;
  readonly nextMean: number;
  readonly nextVariance: number;
}

/** From the combined row over `count` pixels: what normalises (biased variance), and the next running statistics (unbiased). */
export function batchNormFinish(
  k: Kernels,
  row: number,
  count: number,
  channels: number,
  eps: number,
  momentum: number,
  at: BatchNormVectors,
): void {
  k.check('batchNorm: row', row, 2 * channels, 8);
  for (const [name, pointer] of Object.entries(at)) k.check(`batchNorm: ${name}`, pointer, channels);
  k.wasm.batchNormFinish(
    row,
    count,
    channels,
    eps,
    momentum,
    at.mean,
    at.inverse,
    at.runningMean,
    at.runningVariance,
    at.nextMean,
    at.nextVariance,
  );
}

/** inverse = 1/√(variance + eps), for evaluation. */
export function batchNormInverse(k: Kernels, variance: number, channels: number, eps: number, inverse: number): void {
  k.check('batchNorm: variance', variance, channels);
  k.check('batchNorm: inverse', inverse, channels);
  k.wasm.batchNormInverse(variance, channels, eps, inverse);
}

/** y = (x − mean)·inverse·weight + bias, over x[pixels][channels]; y may be x. */
export function batchNormApply(
  k: Kernels,
  x: number,
  y: number,
  pixels: number,
  channels: number,
  at: {
    readonly mean: number;
    readonly inverse: number;
    readonly weight: number;
    readonly bias: number;
    readonly scratch: number;
  },
): void {
  k.check('batchNorm: x', x, pixels * channels);
  k.check('batchNorm: y', y, pixels * channels);
  for (const name of ['mean', 'inverse', 'weight', 'bias'] as const) k.check(`batchNorm: ${name}`, at[name], channels);
  k.check('batchNorm: scratch', at.scratch, batchNormScratchFloats(channels));
  k.wasm.batchNormApply(x, y, pixels, channels, at.mean, at.inverse, at.weight, at.bias, at.scratch);
}

/** row = [Σ dy, Σ dy·(x − mean)] over [pixels][channels]. */
export function batchNormBackwardSums(
  k: Kernels,
  x: number,
  dy: number,
  pixels: number,
  channels: number,
  mean: number,
  row: number,
): void {
  k.check('batchNorm: x', x, pixels * channels);
  k.check('batchNorm: dy', dy, pixels * channels);
  k.check('batchNorm: mean', mean, channels);
  k.check('batchNorm: row', row, 2 * channels, 8);
  k.wasm.batchNormBackwardSums(x, dy, pixels, channels, mean, row);
}

/** Adds the rows of `length` float64 of all shards into the first. */
export function treeSumDouble(k: Kernels, rows: number, shards: number, length: number, merges: number): void {
  k.check('treeSumDouble: rows', rows, shards * length, 8);
  k.check('treeSumDouble: merges', merges, shards);
  k.wasm.treeSumDouble(rows, shards, length, merges);
}

/** One shard's share of the gradients of weight and bias, from its own row of sums. */
export function batchNormParameterGradient(
  k: Kernels,
  row: number,
  channels: number,
  inverse: number,
  dweight: number,
  dbias: number,
): void {
  k.check('batchNorm: row', row, 2 * channels, 8);
  k.check('batchNorm: inverse', inverse, channels);
  k.check('batchNorm: dweight', dweight, channels);
  k.check('batchNorm: dbias', dbias, channels);
  k.wasm.batchNormParameterGradient(row, channels, inverse, dweight, dbias);
}

/** dx, from the combined row over `count` pixels; dx may be dy. */
export function batchNormBackwardApply(
  k: Kernels,
  x: number,
  dy: number,
  dx: number,
  pixels: number,
  channels: number,
  at: {
    readonly row: number;
    readonly count: number;
    readonly mean: number;
    readonly inverse: number;
    readonly weight: number;
    readonly scratch: number;
  },
): void {
  for (const [name, pointer] of Object.entries({ x, dy, dx }))
    k.check(`batchNorm: ${name}`, pointer, pixels * channels);
  for (const name of ['mean', 'inverse', 'weight'] as const) k.check(`batchNorm: ${name}`, at[name], channels);
  k.check('batchNorm: row', at.row, 2 * channels, 8);
  k.check('batchNorm: scratch', at.scratch, batchNormScratchFloats(channels));
  k.wasm.batchNormBackwardApply(
    x,
    dy,
    dx,
    pixels,
    channels,
    at.row,
    at.count,
    at.mean,
    at.inverse,
    at.weight,
    at.scratch,
  );
}
