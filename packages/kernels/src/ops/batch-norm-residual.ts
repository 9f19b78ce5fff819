import { checkCounts, type Kernels } from '../kernels.ts';
import { type BatchNormApplyVectors, batchNormScratchFloats } from './batch-norm.ts';

/**
 * y = (x − mean)·inverse·weight + bias + residual for each channel, and of that max(·, 0) where an activation is behind it: to the bits
 * that {@link batchNormApply}, an addition and a ReLU would have one after the other.
 *
 * @param x float32 [pixels][channels]
 * @param residual float32 [pixels][channels]
 * @param y float32 [pixels][channels]; may be `x` or `residual`
 * @param at vectors of float32 [channels], and scratch of {@link batchNormScratchFloats}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function batchNormResidualApply(
  k: Kernels,
  x: number,
  residual: number,
  y: number,
  pixels: number,
  channels: number,
  at: BatchNormApplyVectors & { readonly activation?: 'relu' | undefined },
): void {
  checkCounts('batchNorm', { pixels, channels });
  const { mean, inverse, weight, bias, scratch, activation } = at;
  k.checkAll('batchNorm', { x, residual, y }, pixels * channels);
  k.checkAll('batchNorm', { mean, inverse, weight, bias }, channels);
  k.check('batchNorm: scratch', scratch, batchNormScratchFloats(channels));
  const least = activation ? 0 : Number.NEGATIVE_INFINITY;
  k.wasm.batchNormResidualApply(x, residual, y, pixels, channels, mean, inverse, weight, bias, scratch, least);
}

/**
 * row = [Σ dy, Σ dy·(x − mean)] of each channel, as of `batchNormBackwardSums`, behind {@link batchNormResidualApply} with a ReLU: dy
 * counts only where the output y was more than 0. What counts, dy there and 0 elsewhere, is written over dy: it is the gradient with
 * respect to the residual, and the dy of `batchNormBackwardApply`, without an activation.
 *
 * @param x float32 [pixels][channels]
 * @param y float32 [pixels][channels], the output of the forward pass
 * @param dy float32 [pixels][channels]; overwritten
 * @param row float64 [2][channels]
 * @param at the whole batch's mean, float32 [channels], and scratch of {@link batchNormScratchFloats}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function batchNormResidualSums(
  k: Kernels,
  x: number,
  y: number,
  dy: number,
  pixels: number,
  channels: number,
  row: number,
  { mean, scratch }: { readonly mean: number; readonly scratch: number },
): void {
  checkCounts('batchNorm', { pixels, channels });
  k.checkAll('batchNorm', { x, y, dy }, pixels * channels);
  k.check('batchNorm: mean', mean, channels);
  k.check('batchNorm: row', row, 2 * channels, 8);
  k.check('batchNorm: scratch', scratch, batchNormScratchFloats(channels));
  k.wasm.batchNormResidualSums(x, y, dy, pixels, channels, mean, row, scratch);
}
