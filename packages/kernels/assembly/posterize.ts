import { colourBytes, storeBytes } from './bytes';

/** y = x with only its `bits` highest bits, 0 to 8; the fourth channel stays. y may be x. */
export function posterize(x: usize, y: usize, pixels: i32, channels: i32, bits: i32): void {
  const mask = v128.or(i8x16.splat(<i8>(0xff00 >> bits)), v128.not(colourBytes(channels)));
  let length = pixels * channels;
  for (; length >= 32; length -= 32, x += 32, y += 32) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(y, v128.and(b, mask), 16);
    v128.store(y, v128.and(a, mask));
  }
  for (; length >= 16; length -= 16, x += 16, y += 16) v128.store(y, v128.and(v128.load(x), mask));
  if (length > 0) storeBytes(y, v128.and(v128.load(x), mask), length);
}
