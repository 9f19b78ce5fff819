import { storeLanes } from './lanes';
import { philox4 } from './philox';

/**
 * y = x·scale where an element's random word is at least `threshold` (unsigned), else 0, of x[images][size]. Element i of image
 * n has word i of the stream with the key (seed, purpose) and the counter (…, layer, position + n, epoch): the mask need not
 * be kept, since the backward pass makes the same one. y may be x; `words` is scratch of 64 bytes.
 */
export function dropout(
  x: usize, y: usize, images: i32, size: i32, seed: i32, purpose: i32, epoch: i32, position: i32, layer: i32,
  threshold: i32, scale: f32, words: usize,
): void {
  const limit = i32x4.splat(threshold), factor = f32x4.splat(scale);
  for (let n = 0; n < images; n++) {
    for (let i = 0; i < size; i += 16) {
      philox4(words, i >> 2, layer, position + n, epoch, seed, purpose);
      let left = min(16, size - i), word = words;
      for (; left >= 4; left -= 4, x += 16, y += 16, word += 16) {
        v128.store(y, v128.and(f32x4.mul(v128.load(x), factor), i32x4.ge_u(v128.load(word), limit)));
      }
      if (left > 0) storeLanes(y, v128.and(f32x4.mul(v128.load(x), factor), i32x4.ge_u(v128.load(word), limit)), left);
      x += <usize>left << 2;
      y += <usize>left << 2;
    }
  }
}
