/**
 * Squared error of x[images][elements] against targets, in double precision: (x − t)², of which an image's loss is the sum; its
 * gradient is 2(x − t). Both times `scale`. `gradient` may be x or 0 for none.
 */
export function mseLoss(x: usize, targets: usize, scale: f64, images: i32, elements: i32, gradient: usize, losses: usize): void {
  for (let n = 0; n < images; n++) {
    let loss: f64 = 0;
    for (let i = 0; i < elements; i++) {
      const difference = <f64>load<f32>(x) - <f64>load<f32>(targets);
      loss += difference * difference;
      if (gradient) {
        store<f32>(gradient, <f32>(2 * difference * scale));
        gradient += 4;
      }
      x += 4;
      targets += 4;
    }
    store<f64>(losses, loss * scale);
    losses += 8;
  }
}
