import { exponential, logarithm } from './exponential';

/** How much of a pixel's target is class c: of the label or of the row of targets, smoothed. */
// @ts-ignore: decorator
@inline
function share(targets: usize, label: i32, c: i32, kept: f64, spread: f64): f64 {
  const target = targets ? <f64>load<f32>(targets + (<usize>c << 2)) : c == label ? <f64>1 : <f64>0;
  return target * kept + spread;
}

// @ts-ignore: decorator
@inline
function weighted(weights: usize, c: i32, value: f64): f64 {
  return weights ? <f64>load<f32>(weights + (<usize>c << 2)) * value : value;
}

/**
 * Softmax and cross-entropy of logits[images][pixels][classes] against a class index or a row of shares each, in double
 * precision. With t = (1 − smoothing)·target + smoothing/classes a pixel's loss is Σ weight·t·(ln Σ e^(z − max) − (z − max)),
 * its gradient softmax·Σ weight·t − weight·t; both times `scale`. Of the *sum* of the losses: what divides by the number of
 * samples comes later, once, since a shard does not know the batch's.
 *
 * Writes for each image its pixels' loss (float64), for each pixel the predicted class (int32, the first of equals, or of
 * not-a-numbers) and its probability (float32). `labels` is not read where there are `targets`; `weights` may be 0 for none,
 * `gradient` may be `logits` or 0 for none, `predicted` 0 for neither.
 */
export function softmaxCrossEntropy(logits: usize, labels: usize, targets: usize, weights: usize, smoothing: f64, scale: f64, images: i32, pixels: i32, classes: i32, gradient: usize, losses: usize, predicted: usize, probabilities: usize): void {
  const kept = 1 - smoothing, spread = smoothing / <f64>classes;
  const row = <usize>classes << 2;
  for (let n = 0; n < images; n++) {
    let loss: f64 = 0;
    for (let i = 0; i < pixels; i++) {
      let best = 0;
      let maximum = load<f32>(logits);
      for (let c = 1; c < classes; c++) {
        const z = load<f32>(logits + (<usize>c << 2));
        // A not-a-number must not hide: the first becomes the maximum, and so the loss.
        if (z > maximum || (z != z && maximum == maximum)) {
          maximum = z;
          best = c;
        }
      }
      let sum: f64 = 0;
      for (let c = 0; c < classes; c++) sum += exponential(<f64>load<f32>(logits + (<usize>c << 2)) - <f64>maximum);
      const label = targets ? 0 : load<i32>(labels);
      const logSum = sum == sum ? logarithm(sum) : sum;
      let total: f64 = 0, own: f64 = 0;
      for (let c = 0; c < classes; c++) {
        const t = weighted(weights, c, share(targets, label, c, kept, spread));
        // What is no part of the target may have the probability 0, whose logarithm is infinite.
        if (t != 0) {
          total += t;
          own += t * (logSum - (<f64>load<f32>(logits + (<usize>c << 2)) - <f64>maximum));
        }
      }
      loss += sum == sum ? own : sum;
      if (predicted) {
        store<i32>(predicted, best);
        store<f32>(probabilities, <f32>(1 / sum));
        predicted += 4;
        probabilities += 4;
      }
      if (gradient) {
        for (let c = 0; c < classes; c++) {
          const p = exponential(<f64>load<f32>(logits + (<usize>c << 2)) - <f64>maximum) / sum;
          const t = weighted(weights, c, share(targets, label, c, kept, spread));
          store<f32>(gradient + (<usize>c << 2), <f32>((p * total - t) * scale));
        }
        gradient += row;
      }
      logits += row;
      labels += 4;
      if (targets) targets += row;
    }
    store<f64>(losses, loss * scale);
    losses += 8;
  }
}

/** probabilities[samples][classes] = softmax of the logits. */
export function softmax(logits: usize, probabilities: usize, samples: i32, classes: i32): void {
  for (let n = 0; n < samples; n++) {
    let maximum = load<f32>(logits);
    for (let c = 1; c < classes; c++) maximum = max(maximum, load<f32>(logits + (<usize>c << 2)));
    let sum: f64 = 0;
    for (let c = 0; c < classes; c++) sum += exponential(<f64>load<f32>(logits + (<usize>c << 2)) - <f64>maximum);
    for (let c = 0; c < classes; c++) {
      store<f32>(probabilities + (<usize>c << 2), <f32>(exponential(<f64>load<f32>(logits + (<usize>c << 2)) - <f64>maximum) / sum));
    }
    logits += <usize>classes << 2;
    probabilities += <usize>classes << 2;
  }
}
