import { exponential4 } from './elementary';
import { high, low, storeLanes } from './lanes';

/** Lane i of a vector, for an i that is not known beforehand. */
// @ts-ignore: decorator
@inline
function lane(x: v128, i: i32): f32 {
  if (i == 0) return f32x4.extract_lane(x, 0);
  if (i == 1) return f32x4.extract_lane(x, 1);
  return f32x4.extract_lane(x, 2);
}

/** y = e^(x − max)/Σ e^(x − max) of each row of x[rows][channels]; the sum is in double precision. y may be x. */
export function softmaxForward(x: usize, y: usize, rows: i32, channels: i32): void {
  const whole = channels & ~3, rest = channels & 3, tail = <usize>whole << 2;
  for (; rows > 0; rows--) {
    let maximum = load<f32>(x);
    if (whole > 0) {
      let most = v128.load(x);
      for (let i: usize = 16; i < tail; i += 16) most = f32x4.max(most, v128.load(x + i));
      maximum = max(
        max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
        max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
      );
    }
    for (let i = 0; i < rest; i++) maximum = max(maximum, load<f32>(x + tail + (<usize>i << 2)));
    const most = f32x4.splat(maximum);
    let s0 = f64x2.splat(0), s1 = s0;
    for (let i: usize = 0; i < tail; i += 16) {
      const power = exponential4(f32x4.sub(v128.load(x + i), most));
      s0 = f64x2.add(s0, low(power));
      s1 = f64x2.add(s1, high(power));
      v128.store(y + i, power);
    }
    const pair = f64x2.add(s0, s1);
    let sum = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
    let last = most;
    if (rest > 0) {
      last = exponential4(f32x4.sub(v128.load(x + tail), most));
      for (let i = 0; i < rest; i++) sum += <f64>lane(last, i);
    }
    const inverse = f32x4.splat(<f32>(1 / sum));
    for (let i: usize = 0; i < tail; i += 16) v128.store(y + i, f32x4.mul(v128.load(y + i), inverse));
    if (rest > 0) storeLanes(y + tail, f32x4.mul(last, inverse), rest);
    x += <usize>channels << 2;
    y += <usize>channels << 2;
  }
}

/** dx = y·(dy − Σ dy·y) for each row of y[rows][channels]; the sum is in double precision. dx may be dy. */
export function softmaxBackward(y: usize, dy: usize, dx: usize, rows: i32, channels: i32): void {
  const whole = channels & ~3, rest = channels & 3, tail = <usize>whole << 2;
  for (; rows > 0; rows--) {
    let s0 = f64x2.splat(0), s1 = s0;
    for (let i: usize = 0; i < tail; i += 16) {
      const a = v128.load(y + i), b = v128.load(dy + i);
      s0 = f64x2.add(s0, f64x2.mul(low(a), low(b)));
      s1 = f64x2.add(s1, f64x2.mul(high(a), high(b)));
    }
    const pair = f64x2.add(s0, s1);
    let sum = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
    for (let i: usize = tail; i < tail + (<usize>rest << 2); i += 4) sum += <f64>load<f32>(y + i) * <f64>load<f32>(dy + i);
    const mean = f32x4.splat(<f32>sum);
    for (let i: usize = 0; i < tail; i += 16) {
      v128.store(dx + i, f32x4.mul(v128.load(y + i), f32x4.sub(v128.load(dy + i), mean)));
    }
    if (rest > 0) storeLanes(dx + tail, f32x4.mul(v128.load(y + tail), f32x4.sub(v128.load(dy + tail), mean)), rest);
    y += <usize>channels << 2;
    dy += <usize>channels << 2;
    dx += <usize>channels << 2;
  }
}
