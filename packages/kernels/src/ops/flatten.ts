import type { Kernels } from '../kernels.ts';

/** y[images][channels][pixels] = x[images][pixels][channels]; the way back swaps `pixels` and `channels`. */
export function transposePlanes(
  k: Kernels,
  x: number,
  y: number,
  images: number,
  pixels: number,
  channels: number,
): void {
  k.check('transposePlanes: x', x, images * pixels * channels);
  k.check('transposePlanes: y', y, images * pixels * channels);
  k.wasm.transposePlanes(x, y, images, pixels, channels);
}
