import { channelsOf, Grey, Rgb, Rgba } from './pixels';

// @ts-ignore: decorator
@inline
function at(x: usize, table: usize): u8 {
  return load<u8>(table + <usize>load<u8>(x));
}

// @ts-ignore: decorator
@inline
function pixel<Pixel>(x: usize, a: usize, b: usize, c: usize, d: usize, y: usize): void {
  store<u8>(y, at(x, a));
  if (channelsOf<Pixel>() == 1) return;
  store<u8>(y, at(x + 1, b), 1);
  store<u8>(y, at(x + 2, c), 2);
  if (channelsOf<Pixel>() == 4) store<u8>(y, at(x + 3, d), 3);
}

// @ts-ignore: decorator
@inline
function lookUpOf<Pixel>(x: usize, tables: usize, y: usize, pixels: i32): void {
  const channels = <usize>channelsOf<Pixel>();
  const a = tables, b = tables + 256, c = tables + 512, d = tables + 768;
  for (; pixels >= 4; pixels -= 4, x += 4 * channels, y += 4 * channels) {
    pixel<Pixel>(x, a, b, c, d, y);
    pixel<Pixel>(x + channels, a, b, c, d, y + channels);
    pixel<Pixel>(x + 2 * channels, a, b, c, d, y + 2 * channels);
    pixel<Pixel>(x + 3 * channels, a, b, c, d, y + 3 * channels);
  }
  for (; pixels > 0; pixels--, x += channels, y += channels) pixel<Pixel>(x, a, b, c, d, y);
}

/** y = tables[channel][x]: each channel of 1, 3 or 4 through a table of 256 bytes of its own. y may be x. */
export function lookUp(x: usize, tables: usize, y: usize, pixels: i32, channels: i32): void {
  if (channels == 1) lookUpOf<Grey>(x, tables, y, pixels);
  else if (channels == 3) lookUpOf<Rgb>(x, tables, y, pixels);
  else lookUpOf<Rgba>(x, tables, y, pixels);
}
