import { type Chain, type LayerCall, sequential } from '../graph/builder.ts';
import { adaptiveAvgPool2d } from '../layers/adaptive-avg-pool2d.ts';
import { batchNorm1d } from '../layers/batch-norm1d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { dropout } from '../layers/dropout.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { localResponseNorm } from '../layers/local-response-norm.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { kaimingNormal, zero } from './blocks.ts';
import { byName, cifar, imageNet, type ModelDefinition, type ModelFamily } from './definition.ts';

/** Channels of a 3×3 convolution; of one of another size; or what stands between them. */
type Part = number | readonly [channels: number, kernelSize: number] | 'norm' | 'pool';

/** Table 1 of the paper, column by column. */
const configurations = {
  A: [64, 'pool', 128, 'pool', 256, 256, 'pool', 512, 512, 'pool', 512, 512, 'pool'],
  'A-LRN': [64, 'norm', 'pool', 128, 'pool', 256, 256, 'pool', 512, 512, 'pool', 512, 512, 'pool'],
  B: [64, 64, 'pool', 128, 128, 'pool', 256, 256, 'pool', 512, 512, 'pool', 512, 512, 'pool'],
  C: [64, 64, 'pool', 128, 128, 'pool', 256, 256, [256, 1], 'pool', 512, 512, [512, 1], 'pool', 512, 512, [512, 1], 'pool'],
  D: [64, 64, 'pool', 128, 128, 'pool', 256, 256, 256, 'pool', 512, 512, 512, 'pool', 512, 512, 512, 'pool'],
  E: [64, 64, 'pool', 128, 128, 'pool', 256, 256, 256, 256, 'pool', 512, 512, 512, 512, 'pool', 512, 512, 512, 512, 'pool'],
} as const satisfies Record<string, readonly Part[]>; // biome-ignore format: a line a column

/** A network's column, and whether its convolutions have batch norm. */
type Setting = readonly [column: keyof typeof configurations, batchNorm?: 'bn'];

/** The convolutions and poolings, named as torchvision's. */
function features(parts: readonly Part[], batchNorm: boolean, ceilMode = false): Chain {
  const calls = parts.flatMap((part): LayerCall[] => {
    if (part === 'pool') return [maxPool2d({ kernelSize: 2, ceilMode })];
    if (part === 'norm') return [localResponseNorm({ size: 5, alpha: 5e-4, k: 2 })];
    const [outChannels, kernelSize] = typeof part === 'number' ? [part, 3] : part;
    const padding = (kernelSize - 1) / 2;
    return [
      conv2d({ outChannels, kernelSize, padding, initialisation: kaimingNormal, biasInitialisation: zero }),
      ...(batchNorm ? [batchNorm2d()] : []),
      relu(),
    ];
  });
  return calls.map((call, i) => [`features.${i}`, call]);
}

const fullyConnected = (outFeatures: number): LayerCall =>
  linear({ outFeatures, initialisation: { kind: 'normal', deviation: 0.01 }, biasInitialisation: zero });

/** The paper's networks. A picture of another size is pooled to the 7×7 that 224×224 gives, as in torchvision. */
const vgg = ([column, batchNorm]: Setting, name: string): ModelDefinition => ({
  original: imageNet(224),
  paper: 'Simonyan and Zisserman 2014, 1409.1556',
  build: ({ inputShape, classes }) =>
    sequential(name, inputShape, [
      ...features(configurations[column], batchNorm === 'bn'),
      ['avgpool', adaptiveAvgPool2d({ outputSize: 7 })],
      ['flatten', flatten()],
      ['classifier.0', fullyConnected(4096)],
      ['classifier.1', relu()],
      ['classifier.2', dropout()],
      ['classifier.3', fullyConnected(4096)],
      ['classifier.4', relu()],
      ['classifier.5', dropout()],
      ['classifier.6', fullyConnected(classes)],
    ]),
});

/** The convolutions alone, and one linear layer in the place of the three, as is usual for pictures of 32×32. */
const vggCifar = ([column, batchNorm]: Setting, name: string): ModelDefinition => ({
  original: cifar,
  paper: 'Simonyan and Zisserman 2014, 1409.1556',
  build: ({ inputShape, classes }) =>
    sequential(name, inputShape, [
      ...features(configurations[column], batchNorm === 'bn'),
      ['flatten', flatten()],
      ['classifier', linear({ outFeatures: classes })],
    ]),
});

/** Of the loss-landscape paper: seven convolutions and two linear layers, all but the last with batch norm. */
const vgg9: ModelDefinition = {
  original: cifar,
  paper: 'Li et al. 2018, 1712.09913',
  build: ({ inputShape, classes }) =>
    sequential('vgg9', inputShape, [
      ...features([64, 64, 'pool', 128, 128, 'pool', 256, 256, 256, 'pool'], true, true),
      ['flatten', flatten()],
      ['fc.0', linear({ outFeatures: 256 })],
      ['fc.1', batchNorm1d()],
      ['fc.2', relu()],
      ['classifier', linear({ outFeatures: classes })],
    ]),
};

export const vggs: ModelFamily = {
  vgg9,
  ...byName<Setting>({ 'vgg11-cifar': ['A'], 'vgg16-bn-cifar': ['D', 'bn'] }, vggCifar),
  ...byName<Setting>(
    {
      vgg11: ['A'],
      'vgg11-lrn': ['A-LRN'],
      vgg13: ['B'],
      'vgg16-1x1': ['C'],
      vgg16: ['D'],
      vgg19: ['E'],
      'vgg11-bn': ['A', 'bn'],
      'vgg13-bn': ['B', 'bn'],
      'vgg16-1x1-bn': ['C', 'bn'],
      'vgg16-bn': ['D', 'bn'],
      'vgg19-bn': ['E', 'bn'],
    },
    vgg,
  ),
};
