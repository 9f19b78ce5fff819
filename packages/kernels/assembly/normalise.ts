// @ts-ignore: decorator
@inline
function put(x: usize, y: usize, a: usize, b: usize, c: usize, d: usize): void {
  const word = load<u32>(x);
  store<f32>(y, load<f32>(a + ((word & 255) << 2)));
  store<f32>(y, load<f32>(b + (((word >> 8) & 255) << 2)), 4);
  store<f32>(y, load<f32>(c + (((word >> 16) & 255) << 2)), 8);
  store<f32>(y, load<f32>(d + ((word >> 24) << 2)), 12);
}

/** y = tables[channel][x]: bytes of 1, 3 or 4 channels to float32, through a table of 256 floats for each channel. */
export function normalise(x: usize, tables: usize, y: usize, pixels: i32, channels: i32): void {
  const a = tables, b = channels > 1 ? a + 1024 : a, c = channels > 1 ? a + 2048 : a, d = channels > 1 ? a + 3072 : a;
  let length = pixels * channels;
  // Four bytes at a time; of three channels twelve, after which the first is at the front again.
  if (channels == 3) {
    for (; length >= 12; length -= 12, x += 12, y += 48) {
      put(x, y, a, b, c, a);
      put(x + 4, y + 16, b, c, a, b);
      put(x + 8, y + 32, c, a, b, c);
    }
  } else {
    for (; length >= 4; length -= 4, x += 4, y += 16) put(x, y, a, b, c, d);
  }
  for (let i = 0; i < length; i++) {
    const table = tables + <usize>(i % channels) * 1024;
    store<f32>(y + (<usize>i << 2), load<f32>(table + (<usize>load<u8>(x + i) << 2)));
  }
}
