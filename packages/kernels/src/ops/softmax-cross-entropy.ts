import { KernelError } from '../errors.ts';
import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';
import { checkFloats, checkScale, isShare, isWeight } from './loss-checks.ts';

/** Regions of {@link softmaxCrossEntropy}. A sample has one pixel, unless it is a map. */
export interface CrossEntropyPointers {
  /** float32 [samples][pixels][classes] */
  readonly logits: number;
  /** int32 [samples][pixels], each in [0, classes); of no effect where there are targets */
  readonly labels: number;
  /** float32 [samples][pixels][classes], each in [0, 1]: what share of a pixel each class has. Default: 0, for labels. */
  readonly targets?: number;
  /** float32 [classes]: what the classes count. Default: 0, for 1 each. */
  readonly weights?: number;
  /** float32 [samples][pixels][classes], may be `logits`; 0 for none. */
  readonly gradient: number;
  /** float64 [samples], in nats */
  readonly losses: number;
  /** int32 [samples][pixels]: the class with the largest logit, the first of equals; the first NaN, if there is one. 0 for none. */
  readonly predicted: number;
  /** float32 [samples][pixels]: the probability of the predicted class; of no effect where `predicted` is 0 */
  readonly probabilities: number;
}

/** What else there is to {@link softmaxCrossEntropy}. */
export interface CrossEntropyOptions {
  /** Pixels of a sample; its loss is the sum of theirs. Default: 1. */
  readonly pixels?: number;
  /** How much of each target is spread over all classes alike (Szegedy et al., arXiv 1512.00567, §7), in [0, 1]. Default: 0. */
  readonly labelSmoothing?: number;
  /** What losses and gradients are multiplied by. Default: 1. */
  readonly scale?: number;
}

/**
 * Softmax and cross-entropy against a class index or a row of shares each, in double precision. For a class index: loss =
 * ln Σ e^z − z[label], gradient = softmax(z) − one-hot(label); in general, with t = weights·((1 − labelSmoothing)·target +
 * labelSmoothing/classes): loss = Σ t·(ln Σ e^z − z), gradient = softmax(z)·Σ t − t. `torch.nn.CrossEntropyLoss` with
 * `reduction='sum'`, times `scale`: the step divides once, by the whole batch's samples, which a shard does not know.
 *
 * The largest logit is subtracted first, so that no finite logit overflows. A NaN or +∞ among a sample's logits makes its
 * loss NaN.
 *
 * @throws KernelError `KERNEL_ARGUMENT` also for a label outside [0, classes), a target outside [0, 1] or a negative weight,
 *   `KERNEL_POINTER`
 */
export function softmaxCrossEntropy(
  k: Kernels,
  at: CrossEntropyPointers,
  samples: number,
  classes: number,
  { pixels = 1, labelSmoothing = 0, scale = 1 }: CrossEntropyOptions = {},
): void {
  const { targets = 0, weights = 0 } = at;
  checkInteger('softmaxCrossEntropy: classes', classes, 1);
  checkCounts('softmaxCrossEntropy', { samples, pixels, classes });
  checkScale('softmaxCrossEntropy', scale);
  if (!isShare(labelSmoothing)) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `softmaxCrossEntropy: expected labelSmoothing in [0, 1], got ${labelSmoothing}`,
    );
  }
  const rows = samples * pixels;
  k.check('softmaxCrossEntropy: logits', at.logits, rows * classes);
  if (at.gradient !== 0) k.check('softmaxCrossEntropy: gradient', at.gradient, rows * classes);
  k.check('softmaxCrossEntropy: losses', at.losses, samples, 8);
  if (at.predicted !== 0) {
    k.check('softmaxCrossEntropy: predicted', at.predicted, rows);
    k.check('softmaxCrossEntropy: probabilities', at.probabilities, rows);
  }
  if (weights !== 0) {
    k.check('softmaxCrossEntropy: weights', weights, classes);
    checkFloats(k, 'softmaxCrossEntropy: weight', weights, classes, isWeight, 'a finite number of at least 0');
  }
  if (targets !== 0) {
    k.check('softmaxCrossEntropy: targets', targets, rows * classes);
    checkFloats(k, 'softmaxCrossEntropy: target', targets, rows * classes, isShare, 'a share in [0, 1]');
  } else {
    k.check('softmaxCrossEntropy: labels', at.labels, rows);
    for (let i = 0; i < rows; i++) {
      checkInteger(`softmaxCrossEntropy: label ${i}`, k.i32[at.labels / 4 + i]!, 0, classes - 1);
    }
  }
  k.wasm.softmaxCrossEntropy(
    at.logits,
    at.labels,
    targets,
    weights,
    labelSmoothing,
    scale,
    samples,
    pixels,
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
