import { sequential } from '../graph/builder.ts';
import { conv2d } from '../layers/conv2d.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { type ModelDefinition, mnist } from './definition.ts';

/**
 * LeNet-5 (LeCun et al. 1998) as it is taught today: ReLU for tanh, maximum for the trainable average, no sparse
 * connections. 61,706 parameters for 28×28×1 and ten classes.
 */
export const lenet5: ModelDefinition = {
  original: mnist,
  paper: 'LeCun et al. 1998',
  build: ({ inputShape, classes }) =>
    sequential('lenet5', inputShape, [
      ['conv1', conv2d({ outChannels: 6, kernelSize: 5, padding: 2 })],
      ['relu1', relu()],
      ['pool1', maxPool2d({ kernelSize: 2 })],
      ['conv2', conv2d({ outChannels: 16, kernelSize: 5 })],
      ['relu2', relu()],
      ['pool2', maxPool2d({ kernelSize: 2 })],
      ['flatten', flatten()],
      ['fc1', linear({ outFeatures: 120 })],
      ['relu3', relu()],
      ['fc2', linear({ outFeatures: 84 })],
      ['relu4', relu()],
      ['fc3', linear({ outFeatures: classes })],
    ]),
};
