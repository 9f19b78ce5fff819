import { KernelError } from '../errors.ts';
import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';
import { checkPixels } from './picture-checks.ts';

/**
 * y = clamp(trunc(d + α·(x − d))) with each operation rounded to float32, as Pillow's `Image.blend`.
 *
 * @param d bytes [length], what α = 0 gives
 * @param x bytes [length], what α = 1 gives
 * @param y bytes [length]; may be `d` or `x`
 * @param alpha finite, of magnitude up to 10⁶; rounded to float32
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function blend(k: Kernels, d: number, x: number, y: number, length: number, alpha: number): void {
  checkCounts('blend', { length });
  checkAlpha('blend', alpha);
  for (const [name, pointer] of Object.entries({ d, x, y })) k.check(`blend: ${name}`, pointer, length, 1);
  k.wasm.blend(d, x, y, length, alpha);
}

/**
 * The same with one value in the place of d; the fourth channel, where there is one, stays.
 *
 * @param d in 0..255
 * @param x bytes [pixels][channels], 1, 3 or 4 channels
 * @param y bytes [pixels][channels]; may be `x`
 * @param alpha as for {@link blend}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function blendConstant(
  k: Kernels,
  d: number,
  x: number,
  y: number,
  pixels: number,
  channels: number,
  alpha: number,
): void {
  checkPixels(k, 'blendConstant', { x, y }, pixels, channels);
  checkInteger('blendConstant: d', d, 0, 255);
  checkAlpha('blendConstant', alpha);
  k.wasm.blendConstant(d, x, y, pixels, channels, alpha);
}

/**
 * Beyond 10⁶ the sums would leave the int32 that they are truncated to, where Pillow clamps before.
 *
 * @throws KernelError `KERNEL_ARGUMENT`
 */
export function checkAlpha(op: string, alpha: number): void {
  if (Math.abs(alpha) <= 1e6) return;
  throw new KernelError('KERNEL_ARGUMENT', `${op}: expected an alpha in [-1e6, 1e6], got ${alpha}`);
}
