import { exponential, logarithm } from './exponential';

/**
 * Softmax and cross-entropy of logits[samples][classes] against a class index each, in double precision:
 * loss = ln Σ e^(z − max) − (z[label] − max); gradient = softmax − one-hot, of the *sum* of the losses: what divides by the
 * number of samples comes later, once, since a shard does not know the batch's.
 *
 * Writes for each sample loss (float64), predicted class (int32, the first of equals, or of not-a-numbers) and its probability (float32).
 * `gradient` may be `logits` or 0 for none.
 */
export function softmaxCrossEntropy(logits: usize, labels: usize, samples: i32, classes: i32, gradient: usize, losses: usize, predicted: usize, probabilities: usize): void {
  for (let n = 0; n < samples; n++) {
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
    const label = load<i32>(labels);
    const score = <f64>load<f32>(logits + (<usize>label << 2)) - <f64>maximum;
    store<f64>(losses, sum == sum ? logarithm(sum) - score : sum);
    store<i32>(predicted, best);
    store<f32>(probabilities, <f32>(1 / sum));
    if (gradient) {
      for (let c = 0; c < classes; c++) {
        const p = exponential(<f64>load<f32>(logits + (<usize>c << 2)) - <f64>maximum) / sum;
        store<f32>(gradient + (<usize>c << 2), <f32>(c == label ? p - 1 : p));
      }
      gradient += <usize>classes << 2;
    }
    logits += <usize>classes << 2;
    labels += 4;
    losses += 8;
    predicted += 4;
    probabilities += 4;
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
