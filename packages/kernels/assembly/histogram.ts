import { channelsOf, Grey, Rgb, Rgba } from './pixels';

// @ts-ignore: decorator
@inline
function count(histogram: usize, x: usize): void {
  const at = histogram + (<usize>load<u8>(x) << 2);
  store<i32>(at, load<i32>(at) + 1);
}

// @ts-ignore: decorator
@inline
function countPixel<Pixel>(tables: usize, x: usize): void {
  count(tables, x);
  if (channelsOf<Pixel>() == 1) return;
  count(tables + 1024, x + 1);
  count(tables + 2048, x + 2);
  if (channelsOf<Pixel>() == 4) count(tables + 3072, x + 3);
}

// @ts-ignore: decorator
@inline
function histogramOf<Pixel>(x: usize, pixels: i32, counts: usize, scratch: usize): void {
  const pixel = <usize>channelsOf<Pixel>(), bytes = pixel << 10;
  memory.fill(counts, 0, bytes);
  memory.fill(scratch, 0, 3 * bytes);
  for (; pixels >= 4; pixels -= 4, x += 4 * pixel) {
    countPixel<Pixel>(counts, x);
    countPixel<Pixel>(scratch, x + pixel);
    countPixel<Pixel>(scratch + bytes, x + 2 * pixel);
    countPixel<Pixel>(scratch + 2 * bytes, x + 3 * pixel);
  }
  for (; pixels > 0; pixels--, x += pixel) countPixel<Pixel>(counts, x);
  for (let i: usize = 0; i < bytes; i += 16) {
    const sum = i32x4.add(v128.load(counts + i), v128.load(scratch + i));
    v128.store(counts + i, i32x4.add(sum, i32x4.add(v128.load(scratch + bytes + i), v128.load(scratch + 2 * bytes + i))));
  }
}

/**
 * counts[channel][value] = how many pixels have that value. `scratch` has room for three more such tables: neighbouring
 * pixels, which are often equal, are counted in different ones, since an increment of a count that was just stored waits for it.
 */
export function histogram(x: usize, pixels: i32, channels: i32, counts: usize, scratch: usize): void {
  if (channels == 1) histogramOf<Grey>(x, pixels, counts, scratch);
  else if (channels == 3) histogramOf<Rgb>(x, pixels, counts, scratch);
  else histogramOf<Rgba>(x, pixels, counts, scratch);
}
