/**
 * A constant that stays in a register or on the stack throughout a loop. V8 makes a constant vector anew, in three to six
 * instructions, wherever it is used; this one it cannot know. `nothing` is a vector of zeros that only the run can tell, such as
 * {@link noneOf}.
 */
// @ts-ignore: decorator
@inline
export function held(constant: v128, nothing: v128): v128 {
  return v128.or(constant, nothing);
}

/** Zeros, of a count that is not negative. */
// @ts-ignore: decorator
@inline
export function noneOf(count: i32): v128 {
  return i32x4.splat(count >> 31);
}

/** The bytes of x at the places that `lanes` has, each in 0..15; 0 where it has −1. */
// @ts-ignore: decorator
@inline
export function picked(x: v128, lanes: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i8x16.relaxed_swizzle(x, lanes) : i8x16.swizzle(x, lanes);
}

/** Truncates two doubles to the lower two int32: what is well within them, or does not count, where this instruction and the other agree. */
// @ts-ignore: decorator
@inline
export function truncatedPair(x: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.relaxed_trunc_f64x2_s_zero(x) : i32x4.trunc_sat_f64x2_s_zero(x);
}
