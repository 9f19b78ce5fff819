import { bceWithLogitsLoss } from '../ops/bce-with-logits-loss.ts';
import { mseLoss } from '../ops/mse-loss.ts';
import { softMarginLoss } from '../ops/soft-margin-loss.ts';
import { softmax, softmaxCrossEntropy } from '../ops/softmax-cross-entropy.ts';
import type { AbiCase, AbiRefusal } from './abi-case.ts';

export const abiLossCases: readonly AbiCase[] = [
  {
    op: 'softmaxCrossEntropy',
    regions: { logits: 8, labels: 2, weights: 4, gradient: 8, losses: 2, predicted: 2, probabilities: 2 },
    doubles: ['losses'],
    optional: ['weights', 'gradient', 'predicted'],
    counts: { samples: 2, classes: 4, pixels: 1 },
    call: ({ k }, { logits, labels, weights, gradient, losses, predicted, probabilities }, c) => {
      const at = { logits: logits!, labels: labels!, weights: weights!, gradient: gradient!, losses: losses! };
      const rest = { predicted: predicted!, probabilities: probabilities! };
      softmaxCrossEntropy(k, { ...at, ...rest }, c.samples!, c.classes!, { pixels: c.pixels! });
    },
  },
  {
    op: 'softmaxCrossEntropy, rows of targets',
    regions: { logits: 8, targets: 8, gradient: 8, losses: 1 },
    doubles: ['losses'],
    optional: ['gradient'],
    counts: { samples: 1, classes: 4, pixels: 2 },
    call: ({ k }, { logits, targets, gradient, losses }, c) => {
      // Without targets it would read labels, which there are none of.
      const at = { logits: logits!, labels: 0, targets: targets! || -4, gradient: gradient!, losses: losses! };
      softmaxCrossEntropy(k, { ...at, predicted: 0, probabilities: 0 }, c.samples!, c.classes!, { pixels: c.pixels! });
    },
  },
  {
    op: 'bceWithLogitsLoss',
    regions: { x: 12, targets: 12, posWeight: 3, gradient: 12, losses: 2 },
    doubles: ['losses'],
    optional: ['posWeight', 'gradient'],
    counts: { images: 2, pixels: 2, channels: 3 },
    call: ({ k }, { x, targets, posWeight, gradient, losses }, c) => {
      const at = { x: x!, targets: targets!, posWeight: posWeight!, gradient: gradient!, losses: losses! };
      bceWithLogitsLoss(k, at, { images: c.images!, pixels: c.pixels!, channels: c.channels! });
    },
  },
  ...Object.entries({ mseLoss, softMarginLoss }).map(
    ([op, loss]): AbiCase => ({
      op,
      regions: { x: 10, targets: 10, gradient: 10, losses: 2 },
      doubles: ['losses'],
      optional: ['gradient'],
      counts: { images: 2, elements: 5 },
      call: ({ k }, { x, targets, gradient, losses }, c) =>
        loss(k, { x: x!, targets: targets!, gradient: gradient!, losses: losses! }, c.images!, c.elements!),
    }),
  ),
  {
    op: 'softmax',
    regions: { logits: 8, probabilities: 8 },
    counts: { samples: 2, classes: 4 },
    call: ({ k }, at, c) => softmax(k, at.logits!, at.probabilities!, c.samples!, c.classes!),
  },
]; // biome-ignore format: a table

/** What is refused besides pointers and counts. */
export const abiLossRefusals: readonly AbiRefusal[] = [
  ['softmax: no classes', ({ k }, at) => softmax(k, at, at, 1, 0)],
]; // biome-ignore format: a table
