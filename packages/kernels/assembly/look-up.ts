// @ts-ignore: decorator
@inline
function four(word: u32, a: usize, b: usize, c: usize, d: usize): u32 {
  return (
    <u32>load<u8>(a + (word & 255)) |
    (<u32>load<u8>(b + ((word >> 8) & 255)) << 8) |
    (<u32>load<u8>(c + ((word >> 16) & 255)) << 16) |
    (<u32>load<u8>(d + (word >> 24)) << 24)
  );
}

/** y = tables[channel][x]: each channel of 1, 3 or 4 through a table of 256 bytes of its own. y may be x. */
export function lookUp(x: usize, tables: usize, y: usize, pixels: i32, channels: i32): void {
  const a = tables, b = channels > 1 ? tables + 256 : tables, c = channels > 1 ? tables + 512 : tables;
  let length = pixels * channels;
  // Words of four bytes: a load and a store in the place of four.
  if (channels == 3) {
    for (; length >= 12; length -= 12, x += 12, y += 12) {
      const first = load<u32>(x), second = load<u32>(x, 4), third = load<u32>(x, 8);
      store<u32>(y, four(first, a, b, c, a));
      store<u32>(y, four(second, b, c, a, b), 4);
      store<u32>(y, four(third, c, a, b, c), 8);
    }
  } else {
    const d = channels > 1 ? tables + 768 : tables;
    for (; length >= 4; length -= 4, x += 4, y += 4) store<u32>(y, four(load<u32>(x), a, b, c, d));
  }
  for (let i = 0; i < length; i++) {
    const table = tables + <usize>(i % channels) * 256;
    store<u8>(y + i, load<u8>(table + load<u8>(x + i)));
  }
}
