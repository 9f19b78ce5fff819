import { sequential } from '../graph/builder.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { relu } from '../layers/relu.ts';
import { type ModelDefinition, mnist } from './definition.ts';

/** A multi-layer perceptron with two hidden layers of 256 and 128 units. */
export const mlp: ModelDefinition = {
  original: mnist,
  paper: 'Rumelhart et al. 1986',
  build: ({ inputShape, classes }) =>
    sequential('mlp', inputShape, [
      ['flatten', flatten()],
      ['fc1', linear({ outFeatures: 256 })],
      ['relu1', relu()],
      ['fc2', linear({ outFeatures: 128 })],
      ['relu2', relu()],
      ['fc3', linear({ outFeatures: classes })],
    ]),
};
