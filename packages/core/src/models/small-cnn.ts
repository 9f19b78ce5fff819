import { sequential } from '../graph/builder.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { type ModelDefinition, mnist } from './definition.ts';

const convolution = (outChannels: number) =>
  conv2d({ outChannels, kernelSize: 3, padding: 1, bias: false, initialisation: { kind: 'kaimingNormal' } });

/**
 * The default for small pictures such as MNIST's: three blocks of convolution, batch norm and ReLU, of 16, 32 and 64
 * channels, with the map halved between them, and a linear layer. 54,778 parameters for 28×28×1 and ten classes.
 */
export const smallCnn: ModelDefinition = {
  original: mnist,
  paper: 'Lockstep',
  build: ({ inputShape, classes }) =>
    sequential('small-cnn', inputShape, [
      ['conv1', convolution(16)],
      ['bn1', batchNorm2d()],
      ['relu1', relu()],
      ['pool1', maxPool2d({ kernelSize: 2 })],
      ['conv2', convolution(32)],
      ['bn2', batchNorm2d()],
      ['relu2', relu()],
      ['pool2', maxPool2d({ kernelSize: 2 })],
      ['conv3', convolution(64)],
      ['bn3', batchNorm2d()],
      ['relu3', relu()],
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: classes })],
    ]),
};
