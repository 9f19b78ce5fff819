import type { Kernels } from '../kernels.ts';

/** Elementwise kernels go over whole vectors: a region of `length` floats needs room for this many. */
export const roundToVector = (length: number): number => (length + 3) & ~3;

/** y = max(x, 0) over `length` floats; y may be x. Both regions have room for `length` rounded up to 4. */
export function reluForward(k: Kernels, x: number, y: number, length: number): void {
  const count = roundToVector(length);
  k.check('relu: x', x, count);
  k.check('relu: y', y, count);
  k.wasm.reluForward(x, y, count);
}

/** dx = dy where y > 0, else 0; dx may be dy. Regions as for {@link reluForward}. */
export function reluBackward(k: Kernels, y: number, dy: number, dx: number, length: number): void {
  const count = roundToVector(length);
  k.check('relu: y', y, count);
  k.check('relu: dy', dy, count);
  k.check('relu: dx', dx, count);
  k.wasm.reluBackward(y, dy, dx, count);
}
