import { type Chain, sequential } from '../graph/builder.ts';
import { adaptiveAvgPool2d } from '../layers/adaptive-avg-pool2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { dropout } from '../layers/dropout.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { localResponseNorm } from '../layers/local-response-norm.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { imageNet, type ModelDefinition, type ModelFamily } from './definition.ts';

const pool = () => maxPool2d({ kernelSize: 3, stride: 2 });

/** Torchvision's, after Krizhevsky's later note: one column, narrower, without normalisation. */
const alexnet: ModelDefinition = {
  original: imageNet(224),
  paper: 'Krizhevsky 2014, 1404.5997',
  build: ({ inputShape, classes }) =>
    sequential('alexnet', inputShape, [
      ['features.0', conv2d({ outChannels: 64, kernelSize: 11, stride: 4, padding: 2 })],
      ['features.1', relu()],
      ['features.2', pool()],
      ['features.3', conv2d({ outChannels: 192, kernelSize: 5, padding: 2 })],
      ['features.4', relu()],
      ['features.5', pool()],
      ['features.6', conv2d({ outChannels: 384, kernelSize: 3, padding: 1 })],
      ['features.7', relu()],
      ['features.8', conv2d({ outChannels: 256, kernelSize: 3, padding: 1 })],
      ['features.9', relu()],
      ['features.10', conv2d({ outChannels: 256, kernelSize: 3, padding: 1 })],
      ['features.11', relu()],
      ['features.12', pool()],
      ['avgpool', adaptiveAvgPool2d({ outputSize: 6 })],
      ['flatten', flatten()],
      ['classifier.0', dropout()],
      ['classifier.1', linear({ outFeatures: 4096 })],
      ['classifier.2', relu()],
      ['classifier.3', dropout()],
      ['classifier.4', linear({ outFeatures: 4096 })],
      ['classifier.5', relu()],
      ['classifier.6', linear({ outFeatures: classes })],
    ]),
};

/**
 * The paper's, whose two columns are groups of channels in layers 2, 4 and 5; in one column each of these has twice the
 * parameters. Pictures are of 227×227, for which the paper's sizes come out. Layers are named as in Caffe.
 */
const original = (name: string, groups: 1 | 2): ModelDefinition => ({
  original: imageNet(227),
  paper: 'Krizhevsky et al. 2012',
  build: ({ inputShape, classes }) =>
    sequential(name, inputShape, [
      ['conv1', conv2d({ outChannels: 96, kernelSize: 11, stride: 4, ...starts(0) })],
      ...normalisedAndPooled(1),
      ['conv2', conv2d({ outChannels: 256, kernelSize: 5, padding: 2, groups, ...starts(1) })],
      ...normalisedAndPooled(2),
      ['conv3', conv2d({ outChannels: 384, kernelSize: 3, padding: 1, ...starts(0) })],
      ['relu3', relu()],
      ['conv4', conv2d({ outChannels: 384, kernelSize: 3, padding: 1, groups, ...starts(1) })],
      ['relu4', relu()],
      ['conv5', conv2d({ outChannels: 256, kernelSize: 3, padding: 1, groups, ...starts(1) })],
      ['relu5', relu()],
      ['pool5', pool()],
      ['flatten', flatten()],
      ['fc6', linear({ outFeatures: 4096, ...starts(1) })],
      ['relu6', relu()],
      ['drop6', dropout()],
      ['fc7', linear({ outFeatures: 4096, ...starts(1) })],
      ['relu7', relu()],
      ['drop7', dropout()],
      ['fc8', linear({ outFeatures: classes, ...starts(0) })],
    ]),
});

/** The paper's section 5: N(0, 0.01); biases of some layers begin at 1, so that ReLUs have positive inputs. */
const starts = (bias: 0 | 1) => ({
  initialisation: { kind: 'normal', deviation: 0.01 } as const,
  biasInitialisation: { kind: 'constant', value: bias } as const,
});

/** Its sections 3.3 and 3.4: α = 1e-4 for each of n = 5 channels, where PyTorch's α is divided by them. */
const normalisedAndPooled = (layer: number): Chain => [
  [`relu${layer}`, relu()],
  [`norm${layer}`, localResponseNorm({ size: 5, alpha: 5e-4, beta: 0.75, k: 2 })],
  [`pool${layer}`, pool()],
];

export const alexnets: ModelFamily = {
  alexnet,
  'alexnet-one-column': original('alexnet-one-column', 1),
  'alexnet-two-columns': original('alexnet-two-columns', 2),
};
