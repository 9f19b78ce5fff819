import { softmaxCrossEntropy } from '@lockstep/kernels';
import { z } from 'zod';
import { elements } from '../graph/graph.ts';
import type { Loss, LossCall } from './loss.ts';

const options = z.strictObject({
  /** What share of each target goes to all classes alike. */
  labelSmoothing: z.number().min(0).max(1).default(0),
  /** What each class counts. */
  weight: z.array(z.number().min(0)).optional(),
  /** `classes`: a class index; `values`: a row with the share of each class, for mixtures and distilled labels. */
  target: z.enum(['classes', 'values']).default('classes'),
});
type Options = z.output<typeof options>;

/**
 * Softmax and cross-entropy of [classes], or of each pixel of [height, width, classes]: the mean over the pixels. Options are
 * those of `torch.nn.CrossEntropyLoss`, and so is the mean: with weights and class indices it divides by the weights of the
 * batch's targets, else by the number of samples. In evaluation there is neither smoothing nor weight, so that a loss is minus
 * the logarithm of what the true class got.
 */
export const crossEntropyLoss = (call: z.input<typeof options> = {}): LossCall => ({
  name: 'crossEntropyLoss',
  options: call,
});

export const crossEntropy: Loss<Options> = {
  name: 'crossEntropyLoss',
  options,
  target: ({ target }) => target,
  count: (shape) => elements(shape.slice(0, -1)),
  weights: ({ weight }) => weight,
  dividesByWeights: ({ weight, target }) => weight !== undefined && target === 'classes',
  run: ({ kernels, options: { labelSmoothing, target: kind }, shape, images, training, ...at }) => {
    softmaxCrossEntropy(
      kernels,
      {
        ...at,
        logits: at.x,
        labels: at.target,
        targets: kind === 'values' ? at.target : 0,
        weights: training ? at.weights : 0,
      },
      images,
      shape.at(-1)!,
      {
        pixels: elements(shape.slice(0, -1)),
        labelSmoothing: training ? labelSmoothing : 0,
        scale: at.scale,
      },
    );
  },
};
