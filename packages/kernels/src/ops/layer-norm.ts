import { checkCounts, checkInteger, checkRange, type Kernels } from '../kernels.ts';

/** What is normalised. */
export interface LayerNormSize {
  readonly rows: number;
  /** Of a row, at least 1: the values that share a mean and a variance. */
  readonly length: number;
  /** Whether the mean is taken away: layer norm with it, RMS norm without. */
  readonly centred: boolean;
}

/**
 * y = (x − mean)·inverse·weight + bias of each row by itself, with inverse = 1/√(variance + eps) and the biased variance: layer
 * normalisation (Ba, Kiros and Hinton, arXiv 1607.06450), as `torch.nn.LayerNorm`. Unless `centred` the mean is taken to be 0,
 * so that the variance is the mean of the squares: RMS normalisation (Zhang and Sennrich, arXiv 1910.07467).
 *
 * Sums are in double precision, of deviations from the row's first element, so that a constant row is exactly its bias.
 *
 * @param x float32 [rows][length]
 * @param y float32 [rows][length]; may be `x`
 * @param eps added to the variance, inside the square root
 * @param at weight and bias, float32 [length]; the mean and the inverse are kept for the backward pass, float32 [rows]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function layerNormForward(
  k: Kernels,
  x: number,
  y: number,
  size: LayerNormSize,
  eps: number,
  at: { readonly weight: number; readonly bias: number; readonly mean: number; readonly inverse: number },
): void {
  checkRange('layerNorm: eps', eps, 0, Number.MAX_VALUE);
  checkLayerNorm(k, { x, y }, { weight: at.weight, bias: at.bias }, at, size);
  const { rows, length, centred } = size;
  k.wasm.layerNormForward(x, y, rows, length, centred ? 1 : 0, eps, at.weight, at.bias, at.mean, at.inverse);
}

/**
 * With g = dy·weight: dx = inverse·(g − Σg/length − (x − mean)·inverse²·Σ(g·(x − mean))/length) of each row; unless `centred`
 * without Σg.
 *
 * @param x float32 [rows][length], the input of the forward pass
 * @param dy float32 [rows][length]
 * @param dx float32 [rows][length]; may be `dy`
 * @param at weight float32 [length]; what the forward pass left in mean and inverse, float32 [rows]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function layerNormBackward(
  k: Kernels,
  x: number,
  dy: number,
  dx: number,
  size: LayerNormSize,
  at: { readonly weight: number; readonly mean: number; readonly inverse: number },
): void {
  checkLayerNorm(k, { x, dy, dx }, { weight: at.weight }, at, size);
  const { rows, length, centred } = size;
  k.wasm.layerNormBackward(x, dy, dx, rows, length, centred ? 1 : 0, at.weight, at.mean, at.inverse);
}

/**
 * dweight = Σ dy·(x − mean)·inverse and dbias = Σ dy over the rows, in double precision; zeros for no rows.
 *
 * @param x float32 [rows][length], the input of the forward pass
 * @param dy float32 [rows][length]
 * @param at what the forward pass left in mean and inverse, float32 [rows]; dweight and dbias, float32 [length], dbias 0 for none
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function layerNormParameterGradient(
  k: Kernels,
  x: number,
  dy: number,
  size: LayerNormSize,
  at: { readonly mean: number; readonly inverse: number; readonly dweight: number; readonly dbias: number },
): void {
  const { mean, inverse, dweight, dbias } = at;
  checkLayerNorm(k, { x, dy }, dbias === 0 ? { dweight } : { dweight, dbias }, at, size);
  k.wasm.layerNormParameterGradient(x, dy, size.rows, size.length, mean, inverse, dweight, dbias);
}

function checkLayerNorm(
  k: Kernels,
  tensors: Readonly<Record<string, number>>,
  vectors: Readonly<Record<string, number>>,
  { mean, inverse }: { readonly mean: number; readonly inverse: number },
  { rows, length }: LayerNormSize,
): void {
  checkCounts('layerNorm', { rows });
  checkInteger('layerNorm: length', length, 1);
  k.checkAll('layerNorm', tensors, rows * length);
  k.checkAll('layerNorm', vectors, length);
  k.checkAll('layerNorm', { mean, inverse }, rows);
}
