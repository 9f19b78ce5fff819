import { type Chain, GraphBuilder } from '../graph/builder.ts';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { concat } from '../layers/concat.ts';
import { conv2d } from '../layers/conv2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { zero } from './blocks.ts';
import { byName, cifar, imageNet, type ModelDefinition, type ModelFamily, type ModelOptions } from './definition.ts';

interface Setting {
  /** Layers of each block. */
  readonly blocks: readonly number[];
  /** Channels that each layer adds. */
  readonly growth: number;
  readonly stemChannels: number;
  readonly original: ModelOptions;
}

const convolution = (outChannels: number, kernelSize: number, stride = 1) =>
  conv2d({
    outChannels,
    kernelSize,
    stride,
    padding: (kernelSize - 1) / 2,
    bias: false,
    initialisation: { kind: 'kaimingNormal' },
  });

/** DenseNet-BC: with bottlenecks of four times the growth, and half the channels after each block. Named as torchvision's. */
const densenet = ({ blocks, growth, stemChannels, original }: Setting, name: string): ModelDefinition => ({
  original,
  paper: 'Huang et al. 2016, 1608.06993',
  build: ({ inputShape, classes }) => {
    const net = new GraphBuilder(name, inputShape);
    let x = net.chain(
      net.input,
      original === cifar ? [['features.conv0', convolution(stemChannels, 3)]] : stem(stemChannels),
    );
    let channels = stemChannels;
    blocks.forEach((layers, i) => {
      for (let layer = 1; layer <= layers; layer++) {
        const at = `features.denseblock${i + 1}.denselayer${layer}`;
        x = net.add(`${at}.concat`, concat(), x, net.chain(x, denseLayer(at, growth)));
        channels += growth;
      }
      if (i < blocks.length - 1) {
        channels = Math.floor(channels / 2);
        x = net.chain(x, transition(`features.transition${i + 1}`, channels));
      }
    });
    return net.build(
      net.chain(x, [
        [`features.norm${blocks.length + 1}`, batchNorm2d()],
        ['relu', relu()],
        ['avgpool', globalAvgPool2d()],
        ['classifier', linear({ outFeatures: classes, biasInitialisation: zero })],
      ]),
    );
  },
});

const stem = (channels: number): Chain => [
  ['features.conv0', convolution(channels, 7, 2)],
  ['features.norm0', batchNorm2d()],
  ['features.relu0', relu()],
  ['features.pool0', maxPool2d({ kernelSize: 3, stride: 2, padding: 1 })],
];

const denseLayer = (name: string, growth: number): Chain => [
  [`${name}.norm1`, batchNorm2d()],
  [`${name}.relu1`, relu()],
  [`${name}.conv1`, convolution(4 * growth, 1)],
  [`${name}.norm2`, batchNorm2d()],
  [`${name}.relu2`, relu()],
  [`${name}.conv2`, convolution(growth, 3)],
];

const transition = (name: string, channels: number): Chain => [
  [`${name}.norm`, batchNorm2d()],
  [`${name}.relu`, relu()],
  [`${name}.conv`, convolution(channels, 1)],
  [`${name}.pool`, avgPool2d({ kernelSize: 2 })],
];

const large = (growth: number, stemChannels: number, ...blocks: number[]): Setting => ({
  blocks,
  growth,
  stemChannels,
  original: imageNet(224),
});

/** Table 1 of the paper, and for small pictures L = 100, k = 12 of table 2. */
export const densenets: ModelFamily = byName(
  {
    densenet121: large(32, 64, 6, 12, 24, 16),
    densenet161: large(48, 96, 6, 12, 36, 24),
    densenet169: large(32, 64, 6, 12, 32, 32),
    densenet201: large(32, 64, 6, 12, 48, 32),
    'densenet100-cifar': { blocks: [16, 16, 16], growth: 12, stemChannels: 24, original: cifar },
  },
  densenet,
);
