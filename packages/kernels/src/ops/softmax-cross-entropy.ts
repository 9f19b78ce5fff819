import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';

/** Regions of {@link softmaxCrossEntropy}; each has an entry a sample, but for the logits and their gradient. */
export interface CrossEntropyPointers {
  /** float32 [samples][classes] */
  readonly logits: number;
  /** int32 [samples], each in [0, classes) */
  readonly labels: number;
  /** float32 [samples][classes], may be `logits`; 0 for none. */
  readonly gradient: number;
  /** float64 [samples], in nats */
  readonly losses: number;
  /** int32 [samples]: the class with the largest logit, the first of equals; the first NaN, if there is one */
  readonly predicted: number;
  /** float32 [samples]: the probability of the predicted class */
  readonly probabilities: number;
}

/**
 * Softmax and cross-entropy against a class index each, in double precision: loss = ln Σ e^z − z[label], gradient =
 * softmax(z) − one-hot(label). `torch.nn.CrossEntropyLoss` with `reduction='sum'`: the step divides once, by the whole
 * batch's samples, which a shard does not know.
 *
 * The largest logit is subtracted first, so that no finite logit overflows. A NaN or +∞ among a sample's logits makes its
 * loss NaN.
 *
 * @throws KernelError `KERNEL_ARGUMENT` also for a label outside [0, classes), `KERNEL_POINTER`
 */
export function softmaxCrossEntropy(k: Kernels, at: CrossEntropyPointers, samples: number, classes: number): void {
  checkCounts('softmaxCrossEntropy', { samples });
  checkInteger('softmaxCrossEntropy: classes', classes, 1);
  k.check('softmaxCrossEntropy: logits', at.logits, samples * classes);
  k.check('softmaxCrossEntropy: labels', at.labels, samples);
  if (at.gradient !== 0) k.check('softmaxCrossEntropy: gradient', at.gradient, samples * classes);
  k.check('softmaxCrossEntropy: losses', at.losses, samples, 8);
  k.check('softmaxCrossEntropy: predicted', at.predicted, samples);
  k.check('softmaxCrossEntropy: probabilities', at.probabilities, samples);
  for (let i = 0; i < samples; i++) {
    checkInteger(`softmaxCrossEntropy: label ${i}`, k.i32[at.labels / 4 + i]!, 0, classes - 1);
  }
  k.wasm.softmaxCrossEntropy(
    at.logits,
    at.labels,
    samples,
    classes,
    at.gradient,
    at.losses,
    at.predicted,
    at.probabilities,
  );
}

/**
 * The softmax of each row: e^z / Σ e^z, computed in double precision after the largest logit is subtracted.
 *
 * @param logits float32 [samples][classes]
 * @param probabilities float32 [samples][classes]; may be `logits`
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function softmax(k: Kernels, logits: number, probabilities: number, samples: number, classes: number): void {
  checkCounts('softmax', { samples });
  checkInteger('softmax: classes', classes, 1);
  k.check('softmax: logits', logits, samples * classes);
  k.check('softmax: probabilities', probabilities, samples * classes);
  k.wasm.softmax(logits, probabilities, samples, classes);
}
