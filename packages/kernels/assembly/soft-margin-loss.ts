import { logistic, softplus } from './softplus';

/**
 * Logistic loss of x[images][elements] against targets of 1 or −1, in double precision: ln(1 + e^(−t·x)), of which an image's
 * loss is the sum; its gradient is −t·σ(−t·x). Both times `scale`. `gradient` may be x or 0 for none.
 */
export function softMarginLoss(x: usize, targets: usize, scale: f64, images: i32, elements: i32, gradient: usize, losses: usize): void {
  for (let n = 0; n < images; n++) {
    let loss: f64 = 0;
    for (let i = 0; i < elements; i++) {
      const t = <f64>load<f32>(targets), margin = t * <f64>load<f32>(x);
      loss += softplus(-margin);
      if (gradient) {
        store<f32>(gradient, <f32>(-t * logistic(-margin) * scale));
        gradient += 4;
      }
      x += 4;
      targets += 4;
    }
    store<f64>(losses, loss * scale);
    losses += 8;
  }
}
