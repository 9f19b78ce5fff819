import { checkApart, checkCounts, type Kernels } from '../kernels.ts';

/**
 * y[image][channel][pixel] = x[image][pixel][channel]: the order in which PyTorch flattens, so that the weights of a linear
 * layer after it mean the same here and there. The way back (the gradient) swaps `pixels` and `channels`.
 *
 * @param x float32 [images][pixels][channels]
 * @param y float32 [images][channels][pixels]; does not overlap x
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function transposePlanes(
  k: Kernels,
  x: number,
  y: number,
  images: number,
  pixels: number,
  channels: number,
): void {
  checkCounts('transposePlanes', { images, pixels, channels });
  const elements = images * pixels * channels;
  k.check('transposePlanes: x', x, elements);
  k.check('transposePlanes: y', y, elements);
  checkApart('transposePlanes', { pointer: y, elements }, { x: { pointer: x, elements } });
  k.wasm.transposePlanes(x, y, images, pixels, channels);
}
