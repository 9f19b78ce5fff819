import { high, low, storeLanes, toFloats } from './lanes';

/** y = a·b. y may be a or b. */
export function multiply(a: usize, b: usize, y: usize, length: i32): void {
  for (; length >= 4; length -= 4, a += 16, b += 16, y += 16) v128.store(y, f32x4.mul(v128.load(a), v128.load(b)));
  if (length > 0) storeLanes(y, f32x4.mul(v128.load(a), v128.load(b)), length);
}

/** y = x·scale, of x[images][pixels][channels] and scale[images][channels]. y may be x. */
export function multiplyChannels(x: usize, scale: usize, y: usize, images: i32, pixels: i32, channels: i32): void {
  for (; images > 0; images--, scale += <usize>channels << 2) {
    for (let pixel = pixels; pixel > 0; pixel--) {
      let c = channels, s = scale;
      for (; c >= 4; c -= 4, x += 16, y += 16, s += 16) v128.store(y, f32x4.mul(v128.load(x), v128.load(s)));
      if (c > 0) storeLanes(y, f32x4.mul(v128.load(x), v128.load(s)), c);
      x += <usize>c << 2;
      y += <usize>c << 2;
    }
  }
}

/** dscale[image][c] = Σ x·dy over the pixels, in double precision. Four channels at a time; the last group may read past the end. */
export function multiplyChannelsGradient(x: usize, dy: usize, dscale: usize, images: i32, pixels: i32, channels: i32): void {
  const step = <usize>channels << 2;
  for (; images > 0; images--, x += step * <usize>pixels, dy += step * <usize>pixels, dscale += step) {
    for (let c = 0; c < channels; c += 4) {
      let p = x + (<usize>c << 2), q = dy + (<usize>c << 2);
      let s0 = f64x2.splat(0), s1 = s0;
      for (let i = 0; i < pixels; i++, p += step, q += step) {
        const a = v128.load(p), b = v128.load(q);
        s0 = f64x2.add(s0, f64x2.mul(low(a), low(b)));
        s1 = f64x2.add(s1, f64x2.mul(high(a), high(b)));
      }
      const sums = toFloats(s0, s1);
      storeLanes(dscale + (<usize>c << 2), sums, min(4, channels - c));
    }
  }
}
