import { checkCounts, type Kernels } from '../kernels.ts';
import { checkElementwise } from './elementwise.ts';

/**
 * y = a·b element by element. It is its own backward pass: da = dy·b, db = dy·a.
 *
 * @param a float32 [length]
 * @param b float32 [length]
 * @param y float32 [length]; may be `a` or `b`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function multiply(k: Kernels, a: number, b: number, y: number, length: number): void {
  checkElementwise(k, 'multiply', { a, b, y }, length);
  k.wasm.multiply(a, b, y, length);
}

/**
 * y = x·scale, one factor an image and channel, as squeeze-and-excitation has it (Hu et al., arXiv 1709.01507). Also its
 * backward pass: dx = dy·scale.
 *
 * @param x float32 [images][pixels][channels]
 * @param scale float32 [images][channels]
 * @param y float32 [images][pixels][channels]; may be `x`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function multiplyChannels(
  k: Kernels,
  x: number,
  scale: number,
  y: number,
  images: number,
  pixels: number,
  channels: number,
): void {
  checkMaps(k, { x, y }, 'scale', scale, images, pixels, channels);
  k.wasm.multiplyChannels(x, scale, y, images, pixels, channels);
}

/**
 * dscale = Σ x·dy over an image's pixels, in double precision.
 *
 * @param x float32 [images][pixels][channels], the input of the forward pass
 * @param dy float32 [images][pixels][channels]
 * @param dscale float32 [images][channels]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function multiplyChannelsGradient(
  k: Kernels,
  x: number,
  dy: number,
  dscale: number,
  images: number,
  pixels: number,
  channels: number,
): void {
  checkMaps(k, { x, dy }, 'dscale', dscale, images, pixels, channels);
  k.wasm.multiplyChannelsGradient(x, dy, dscale, images, pixels, channels);
}

function checkMaps(
  k: Kernels,
  maps: Readonly<Record<string, number>>,
  vector: string,
  pointer: number,
  images: number,
  pixels: number,
  channels: number,
): void {
  checkCounts('multiplyChannels', { images, pixels, channels });
  k.checkAll('multiplyChannels', maps, images * pixels * channels);
  k.check(`multiplyChannels: ${vector}`, pointer, images * channels);
}
