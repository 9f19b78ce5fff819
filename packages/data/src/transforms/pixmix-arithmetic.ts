import { exponential, naturalLog } from '@lockstep/core';

/** How PixMix puts two pictures together: `add` and `multiply` of its section 3, with what `get_ab` draws. */
export interface PixmixStep {
  readonly mixing: 'add' | 'multiply';
  readonly a: number;
  readonly b: number;
}

/** The float32 of a byte: torchvision's `to_tensor`. */
const unit = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/** Bytes as numbers in 0…1. */
export function toUnit(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (value) => unit[value]!);
}

/**
 * Mixes a picture into another one, in place, as PixMix's reference does in float32: add, (a(2x − 1) + b(2y − 1) + 1)/2;
 * multiply, (2x)ᵃ · max(2y, 1e−37)ᵇ / 2; cut off to 0…1.
 *
 * @param mixed x, each in 0…1
 * @param other y, as bytes
 */
export function mixPixels(mixed: Float32Array, other: Uint8Array, { mixing, a, b }: PixmixStep): void {
  const f = Math.fround;
  // There are but 256 values of y.
  const ofOther = unit.map((y) => (mixing === 'add' ? f(b * f(f(2 * y) - 1)) : power(Math.max(f(2 * y), f(1e-37)), b)));
  for (let i = 0; i < mixed.length; i++) {
    const x = mixed[i]!;
    const theirs = ofOther[other[i]!]!;
    const result =
      mixing === 'add' ? f(f(f(a * f(f(2 * x) - 1)) + theirs) + 1) / 2 : f(power(f(2 * x), a) * theirs) / 2;
    mixed[i] = Math.min(1, Math.max(0, result));
  }
}

/** xʸ in float32, for x ≥ 0. */
function power(x: number, y: number): number {
  if (x === 0) return y === 0 ? 1 : 0;
  return Math.fround(exponential(y * naturalLog(x)));
}
