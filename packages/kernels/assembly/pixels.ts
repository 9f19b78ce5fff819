/**
 * Pixels as types: a function that is generic in one is compiled for each number of channels. (A constant argument does not do it:
 * the copies are merged again, and the loop asks for the number.)
 */
export type Grey = u8;
/** Stands for three bytes, which no type has. */
export type Rgb = u16;
export type Rgba = u32;

/** 1, 3 or 4. */
// @ts-ignore: decorator
@inline
export function channelsOf<Pixel>(): i32 {
  return sizeof<Pixel>() == 2 ? 3 : <i32>sizeof<Pixel>();
}
