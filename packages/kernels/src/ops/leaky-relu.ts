import type { Kernels } from '../kernels.ts';
import { checkElementwise } from './elementwise.ts';

/**
 * y = x where x > 0, else negativeSlope·x, as `torch.nn.LeakyReLU`.
 *
 * @param x float32 [length]
 * @param y float32 [length]; may be `x`
 * @param negativeSlope finite
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function leakyReluForward(k: Kernels, x: number, y: number, length: number, negativeSlope: number): void {
  checkElementwise(k, 'leakyRelu', { x, y }, length);
  k.wasm.leakyReluForward(x, y, length, negativeSlope);
}

/**
 * dx = dy where x > 0, else negativeSlope·dy. The *output* does for x unless the slope is negative, since it has the same sign: so the
 * forward pass may be in place.
 *
 * @param x float32 [length], the input or, for a slope that is not negative, the output
 * @param dy float32 [length]
 * @param dx float32 [length]; may be `dy`
 * @param negativeSlope finite
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function leakyReluBackward(
  k: Kernels,
  x: number,
  dy: number,
  dx: number,
  length: number,
  negativeSlope: number,
): void {
  checkElementwise(k, 'leakyRelu', { x, dy, dx }, length);
  k.wasm.leakyReluBackward(x, dy, dx, length, negativeSlope);
}
