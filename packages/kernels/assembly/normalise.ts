import { channelsOf, Grey, Rgb, Rgba } from './pixels';

// @ts-ignore: decorator
@inline
function at(x: usize, table: usize): u32 {
  return load<u32>(table + (<usize>load<u8>(x) << 2));
}

// @ts-ignore: decorator
@inline
function pixel<Pixel>(x: usize, tables: usize, y: usize): void {
  store<u32>(y, at(x, tables));
  if (channelsOf<Pixel>() == 1) return;
  store<u32>(y, at(x + 1, tables + 1024), 4);
  store<u32>(y, at(x + 2, tables + 2048), 8);
  if (channelsOf<Pixel>() == 4) store<u32>(y, at(x + 3, tables + 3072), 12);
}

// @ts-ignore: decorator
@inline
function normalised<Pixel>(x: usize, tables: usize, y: usize, pixels: i32): void {
  const channels = <usize>channelsOf<Pixel>();
  for (; pixels >= 4; pixels -= 4, x += 4 * channels, y += 16 * channels) {
    pixel<Pixel>(x, tables, y);
    pixel<Pixel>(x + channels, tables, y + 4 * channels);
    pixel<Pixel>(x + 2 * channels, tables, y + 8 * channels);
    pixel<Pixel>(x + 3 * channels, tables, y + 12 * channels);
  }
  for (; pixels > 0; pixels--, x += channels, y += 4 * channels) pixel<Pixel>(x, tables, y);
}

/** y = tables[channel][x]: bytes of 1, 3 or 4 channels to float32, through a table of 256 floats for each channel. */
export function normalise(x: usize, tables: usize, y: usize, pixels: i32, channels: i32): void {
  if (channels == 1) normalised<Grey>(x, tables, y, pixels);
  else if (channels == 3) normalised<Rgb>(x, tables, y, pixels);
  else normalised<Rgba>(x, tables, y, pixels);
}
