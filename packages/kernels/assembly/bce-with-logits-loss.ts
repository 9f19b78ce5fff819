import { logistic, softplus } from './softplus';

/**
 * Binary cross-entropy of x[images][pixels][channels] against targets in [0, 1], element by element and in double precision:
 * (1 − t)·ln(1 + e^x) + weight·t·ln(1 + e^−x), of which an image's loss is the sum; its gradient is
 * (1 − t)·σ(x) − weight·t·σ(−x). Both times `scale`. `weights`, one a channel, may be 0 for none; `gradient` may be x or 0 for none.
 */
export function bceWithLogitsLoss(x: usize, targets: usize, weights: usize, scale: f64, images: i32, pixels: i32, channels: i32, gradient: usize, losses: usize): void {
  for (let n = 0; n < images; n++) {
    let loss: f64 = 0;
    for (let i = 0; i < pixels; i++) {
      for (let c = 0; c < channels; c++) {
        const z = <f64>load<f32>(x), t = <f64>load<f32>(targets);
        const positive = weights ? <f64>load<f32>(weights + (<usize>c << 2)) * t : t;
        loss += (1 - t) * softplus(z) + positive * softplus(-z);
        if (gradient) {
          store<f32>(gradient, <f32>(((1 - t) * logistic(z) - positive * logistic(-z)) * scale));
          gradient += 4;
        }
        x += 4;
        targets += 4;
      }
    }
    store<f64>(losses, loss * scale);
    losses += 8;
  }
}
