/**
 * a·b + c in each lane. Every multiply-add of every kernel goes through here, remainders included, so that a value never
 * depends on which loop computed it. Fused where the machine can; in the strict build never, so that the bits are the same on
 * every machine.
 */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
