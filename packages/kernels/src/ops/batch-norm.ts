import { checkCounts, checkInteger, checkRange, type Kernels } from '../kernels.ts';
import { checkMerges } from './merges.ts';

/**
 * Batch normalisation (Ioffe and Szegedy, arXiv 1502.03167) in the parts that synchronisation needs. Forward: each shard's
 * {@link batchNormStatistics}; {@link batchNormCombine} of all shards' rows; {@link batchNormFinish}; each shard's
 * {@link batchNormApply}. Backward: each shard's {@link batchNormBackwardSums}; {@link batchNormParameterGradient} from its
 * own row; {@link treeSumDouble} of all rows; each shard's {@link batchNormBackwardApply}. With a residual connection behind it:
 * batch-norm-residual.ts.
 *
 * A *row* is 2·channels float64: [mean, m2] forward, where m2 = Σ (x − mean)²; [Σ dy, Σ dy·(x − mean)] backward. A *pixel*
 * is one value a channel: there are images·height·width. All functions throw KernelError `KERNEL_ARGUMENT` and
 * `KERNEL_POINTER`.
 */

/** Bytes of a row. */
export const batchNormRowBytes = (channels: number): number => channels * 16;

/** Floats of scratch that the passes over pixels need. */
export const batchNormScratchFloats = (channels: number): number => 8 * (channels + 8);

/** An activation behind the normalisation, which the same pass does. */
export type FusedActivation = 'relu' | 'relu6';

/** What is the most that comes out of it, and the most at which it is open. */
const limits = {
  relu: { most: Number.POSITIVE_INFINITY, open: Number.POSITIVE_INFINITY },
  // The largest float32 below 6: at 6 the gradient is 0, as PyTorch's.
  relu6: { most: 6, open: 6 - 2 ** -21 },
} as const satisfies Record<FusedActivation, object>;

/**
 * row = [mean, Σ (x − mean)²] of each channel, in double precision from deviations from the first pixel, so that a constant
 * channel has exactly zero; all zeros for no pixels.
 *
 * @param x float32 [pixels][channels]
 * @param row float64 [2][channels]
 * @param scratch {@link batchNormScratchFloats}
 */
export function batchNormStatistics(
  k: Kernels,
  x: number,
  pixels: number,
  channels: number,
  row: number,
  scratch: number,
): void {
  checkCounts('batchNorm', { pixels, channels });
  k.check('batchNorm: x', x, pixels * channels);
  k.check('batchNorm: row', row, 2 * channels, 8);
  k.check('batchNorm: scratch', scratch, batchNormScratchFloats(channels));
  if (pixels > 0) k.wasm.batchNormStatistics(x, pixels, channels, row, scratch);
  else k.f64.fill(0, row / 8, row / 8 + 2 * channels);
}

/**
 * Combines the statistics of all shards, in the order of a tree (Chan, Golub and LeVeque 1979). A shard without pixels changes
 * nothing.
 *
 * @param rows float64 [shards][2][channels]
 * @param counts float64 [shards], pixels; overwritten
 * @param merges int32 [shards], as for `treeSum`
 * @param whole float64 [⌈log₂ shards⌉, at least 1][2][channels], or as many as the tree's stack has: the first becomes the whole
 *   batch's, the others are overwritten. May be `rows`
 */
export function batchNormCombine(
  k: Kernels,
  rows: number,
  counts: number,
  shards: number,
  channels: number,
  merges: number,
  whole: number,
): void {
  checkCounts('batchNorm', { shards, channels });
  k.check('batchNorm: rows', rows, shards * 2 * channels, 8);
  k.check('batchNorm: counts', counts, shards, 8);
  k.check('batchNorm: merges', merges, shards);
  const stack = checkMerges('batchNorm', k.i32.subarray(merges / 4, merges / 4 + shards));
  k.check('batchNorm: whole', whole, stack * 2 * channels, 8);
  k.wasm.batchNormCombine(rows, counts, shards, channels, merges, whole);
}

/** Regions of {@link batchNormFinish}, float32 [channels] each. */
export interface BatchNormVectors {
  readonly mean: number;
  /** 1/√(biased variance + eps) */
  readonly inverse: number;
  readonly runningMean: number;
  readonly runningVariance: number;
  /** (1 − momentum)·runningMean + momentum·mean; may be `runningMean` */
  readonly nextMean: number;
  /** (1 − momentum)·runningVariance + momentum·unbiased variance; may be `runningVariance` */
  readonly nextVariance: number;
}

/**
 * From the whole batch's row: what normalises, with the biased variance m2/count, and the next running statistics, with
 * the unbiased one, m2/(count − 1), as `torch.nn.BatchNorm2d` has it.
 *
 * @param row float64 [2][channels], what {@link batchNormCombine} made
 * @param count pixels of the whole batch, at least 2: one value has no variance
 * @param eps added to the variance, inside the square root
 * @param momentum the share of the batch, in [0, 1]
 */
export function batchNormFinish(
  k: Kernels,
  row: number,
  count: number,
  channels: number,
  eps: number,
  momentum: number,
  at: BatchNormVectors,
): void {
  checkCounts('batchNorm', { channels });
  checkInteger('batchNorm: count (values a channel in the whole batch)', count, 2, Number.MAX_SAFE_INTEGER);
  checkRange('batchNorm: eps', eps, 0, Number.MAX_VALUE);
  checkRange('batchNorm: momentum', momentum, 0, 1);
  k.check('batchNorm: row', row, 2 * channels, 8);
  k.checkAll('batchNorm', at, channels);
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

/**
 * inverse = 1/√(variance + eps): for evaluation, where the running variance takes the place of the batch's.
 *
 * @param variance float32 [channels]
 * @param inverse float32 [channels]
 */
export function batchNormInverse(k: Kernels, variance: number, channels: number, eps: number, inverse: number): void {
  checkCounts('batchNorm', { channels });
  checkRange('batchNorm: eps', eps, 0, Number.MAX_VALUE);
  k.check('batchNorm: variance', variance, channels);
  k.check('batchNorm: inverse', inverse, channels);
  k.wasm.batchNormInverse(variance, channels, eps, inverse);
}

/** float32 [channels] each, and {@link batchNormScratchFloats}. */
export interface BatchNormApplyVectors {
  readonly mean: number;
  readonly inverse: number;
  readonly weight: number;
  readonly bias: number;
  readonly scratch: number;
}

/**
 * y = (x − mean)·inverse·weight + bias for each channel.
 *
 * @param x float32 [pixels][channels]
 * @param y float32 [pixels][channels]; may be `x`
 * @param at vectors of float32 [channels], and scratch of {@link batchNormScratchFloats}
 */
export function batchNormApply(
  k: Kernels,
  x: number,
  y: number,
  pixels: number,
  channels: number,
  at: BatchNormApplyVectors & { readonly activation?: FusedActivation | undefined },
): void {
  checkCounts('batchNorm', { pixels, channels });
  const { mean, inverse, weight, bias, scratch, activation } = at;
  k.checkAll('batchNorm', { x, y }, pixels * channels);
  k.checkAll('batchNorm', { mean, inverse, weight, bias }, channels);
  k.check('batchNorm: scratch', scratch, batchNormScratchFloats(channels));
  const [least, most] = activation
    ? [0, limits[activation].most]
    : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  k.wasm.batchNormApply(x, y, pixels, channels, mean, inverse, weight, bias, scratch, least, most);
}

/**
 * row = [Σ dy, Σ dy·(x − mean)] of each channel, in double precision; zeros for no pixels.
 *
 * @param x float32 [pixels][channels]
 * @param dy float32 [pixels][channels]
 * @param mean float32 [channels], the whole batch's
 * @param row float64 [2][channels]
 * @param scratch {@link batchNormScratchFloats}
 * @param fused if an activation was fused into the forward pass, the same vectors as there: dy counts only where the
 *   normalised value, which is computed again, is where the activation has a slope
 */
export function batchNormBackwardSums(
  k: Kernels,
  x: number,
  dy: number,
  pixels: number,
  channels: number,
  mean: number,
  row: number,
  scratch: number,
  fused?: Fused,
): void {
  checkCounts('batchNorm', { pixels, channels });
  k.check('batchNorm: x', x, pixels * channels);
  k.check('batchNorm: dy', dy, pixels * channels);
  k.check('batchNorm: mean', mean, channels);
  k.check('batchNorm: row', row, 2 * channels, 8);
  k.check('batchNorm: scratch', scratch, batchNormScratchFloats(channels));
  if (!fused) {
    // Pointers that nothing is read from.
    k.wasm.batchNormBackwardSums(x, dy, pixels, channels, mean, row, mean, mean, mean, scratch, 0, 0);
    return;
  }
  const { inverse, weight, bias, activation } = fused;
  k.checkAll('batchNorm', { inverse, weight, bias }, channels);
  const { open } = limits[activation];
  k.wasm.batchNormBackwardSums(x, dy, pixels, channels, mean, row, inverse, weight, bias, scratch, 1, open);
}

/** What the backward pass needs to see where an activation that was fused into the forward pass was open; as there. */
interface Fused {
  readonly inverse: number;
  readonly weight: number;
  readonly bias: number;
  readonly activation: FusedActivation;
}

/**
 * Adds the rows of all shards, in the order of a tree.
 *
 * @param rows float64 [shards][length]
 * @param merges int32 [shards], as for `treeSum`
 * @param sum float64 [⌈log₂ shards⌉, at least 1][length], or as many as the tree's stack has: the first becomes the sum, the others
 *   are overwritten. May be `rows`
 */
export function treeSumDouble(
  k: Kernels,
  rows: number,
  shards: number,
  length: number,
  merges: number,
  sum: number,
): void {
  checkCounts('treeSumDouble', { shards, length });
  k.check('treeSumDouble: rows', rows, shards * length, 8);
  k.check('treeSumDouble: merges', merges, shards);
  const stack = checkMerges('treeSumDouble', k.i32.subarray(merges / 4, merges / 4 + shards));
  k.check('treeSumDouble: sum', sum, stack * length, 8);
  k.wasm.treeSumDouble(rows, shards, length, merges, sum);
}

/**
 * One shard's share of the gradients, from its own row of sums: dweight = Σ dy·(x − mean)·inverse, dbias = Σ dy.
 *
 * @param row float64 [2][channels], what {@link batchNormBackwardSums} made
 * @param inverse float32 [channels]
 * @param dweight float32 [channels]
 * @param dbias float32 [channels]
 */
export function batchNormParameterGradient(
  k: Kernels,
  row: number,
  channels: number,
  inverse: number,
  dweight: number,
  dbias: number,
): void {
  checkCounts('batchNorm', { channels });
  k.check('batchNorm: row', row, 2 * channels, 8);
  k.check('batchNorm: inverse', inverse, channels);
  k.check('batchNorm: dweight', dweight, channels);
  k.check('batchNorm: dbias', dbias, channels);
  k.wasm.batchNormParameterGradient(row, channels, inverse, dweight, dbias);
}

/**
 * dx = weight·inverse·(dy − Σ dy/count − (x − mean)·inverse²·Σ (dy·(x − mean))/count), with the sums over the whole batch.
 *
 * @param x float32 [pixels][channels], the input of the forward pass
 * @param dy float32 [pixels][channels]
 * @param dx float32 [pixels][channels]; may be `dy`
 * @param at `row` is what {@link treeSumDouble} made of all shards' rows, `count` the pixels of the whole batch; the vectors
 *   are float32 [channels], the scratch {@link batchNormScratchFloats}
 */
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
    /** If an activation was fused into the forward pass; with the bias of the normalisation. */
    readonly fused?: { readonly activation: FusedActivation; readonly bias: number } | undefined;
  },
): void {
  checkCounts('batchNorm', { pixels, channels });
  checkInteger('batchNorm: count (values a channel in the whole batch)', at.count, pixels, Number.MAX_SAFE_INTEGER);
  const { mean, inverse, weight } = at;
  k.checkAll('batchNorm', { x, dy, dx }, pixels * channels);
  k.checkAll('batchNorm', { mean, inverse, weight }, channels);
  if (at.fused) k.check('batchNorm: bias', at.fused.bias, channels);
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
    at.fused?.bias ?? at.weight,
    at.scratch,
    at.fused ? 1 : 0,
    at.fused ? limits[at.fused.activation].open : 0,
  );
}
