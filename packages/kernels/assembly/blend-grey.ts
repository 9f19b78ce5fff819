import { mixed } from './blend';
import { storeBytes } from './bytes';
import { channelsOfFour, greenBlueWeights, greyHalf, greysOfFour, redGreenWeights } from './grey';
import { held, noneOf, picked } from './held';
import { channelsOf, Rgb, Rgba } from './pixels';

// @ts-ignore: decorator
@inline
function blendGreyOf<Pixel>(x: usize, y: usize, pixels: i32, alpha: f32): void {
  const channels = channelsOf<Pixel>();
  const nothing = noneOf(pixels);
  const rg = channelsOfFour<Pixel>(0, 1, nothing), gb = channelsOfFour<Pixel>(1, 2, nothing);
  const r = channelsOfFour<Pixel>(0, -1, nothing), g = channelsOfFour<Pixel>(1, -1, nothing), b = channelsOfFour<Pixel>(2, -1, nothing);
  const w = held(i32x4.splat(redGreenWeights), nothing), u = held(i32x4.splat(greenBlueWeights), nothing);
  const half = held(i32x4.splat(greyHalf), nothing);
  const order = channels == 3
    ? held(i8x16(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, -1, -1, -1, -1), nothing)
    : held(i8x16(0, 4, 8, -1, 1, 5, 9, -1, 2, 6, 10, -1, 3, 7, 11, -1), nothing);
  const opacity = held(i32x4.splat(0xff000000), nothing);
  const factor = f32x4.splat(alpha);
  while (pixels > 0) {
    const p = v128.load(x);
    const greys = greysOfFour(picked(p, rg), picked(p, gb), w, u, half);
    const base = f32x4.convert_i32x4_s(greys);
    const red = mixed(base, i32x4.sub(picked(p, r), greys), factor);
    const green = mixed(base, i32x4.sub(picked(p, g), greys), factor);
    const blue = mixed(base, i32x4.sub(picked(p, b), greys), factor);
    let bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(red, green), i16x8.narrow_i32x4_s(blue, blue));
    bytes = picked(bytes, order);
    if (channels == 4) bytes = v128.or(bytes, v128.and(p, opacity));
    if (pixels < 4) {
      storeBytes(y, bytes, pixels * channels);
      return;
    }
    // Not the four bytes after them, which y may yet have as x.
    if (channels == 4) v128.store(y, bytes);
    else {
      v128.store64_lane(y, bytes, 0);
      v128.store32_lane(y, bytes, 2, 8);
    }
    pixels -= 4, x += 4 * channels, y += 4 * channels;
  }
}

/** y = clamp(trunc(g + α·(x − g))) with the grey g of the pixel, as Pillow's ImageEnhance.Color; the fourth channel stays. y may be x. */
export function blendGrey(x: usize, y: usize, pixels: i32, channels: i32, alpha: f32): void {
  if (channels == 3) blendGreyOf<Rgb>(x, y, pixels, alpha);
  else blendGreyOf<Rgba>(x, y, pixels, alpha);
}
