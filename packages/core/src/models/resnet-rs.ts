import { type Chain, GraphBuilder } from '../graph/builder.ts';
import { add } from '../layers/add.ts';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { dropout } from '../layers/dropout.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { relu } from '../layers/relu.ts';
import { stochasticDepth } from '../layers/stochastic-depth.ts';
import { convolution, squeezeExcitation, zero } from './blocks.ts';
import { byName, imageNet, type ModelDefinition, type ModelFamily } from './definition.ts';

/** Table 7 of the paper: blocks of each stage, picture's size, dropout, stochastic depth. */
type Setting = readonly [blocks: readonly number[], size: number, dropout: number, depth: number];
const table7: Readonly<Record<string, Setting>> = {
  'resnet-rs-50': [[3, 4, 6, 3], 160, 0.25, 0],
  'resnet-rs-101': [[3, 4, 23, 3], 192, 0.25, 0],
  'resnet-rs-152': [[3, 8, 36, 3], 256, 0.25, 0],
  'resnet-rs-200': [[3, 24, 36, 3], 256, 0.25, 0.1],
  'resnet-rs-270': [[4, 29, 53, 4], 256, 0.25, 0.1],
  'resnet-rs-350': [[4, 36, 72, 4], 256, 0.4, 0.1],
  'resnet-rs-420': [[4, 44, 87, 4], 320, 0.4, 0.1],
};

const normalised = (
  conv: string,
  norm: string,
  outChannels: number,
  kernelSize: number,
  stride = 1,
  starts: Parameters<typeof batchNorm2d>[0] = {},
): Chain => [
  [conv, convolution(outChannels, kernelSize, stride)],
  [norm, batchNorm2d(starts)],
];

/**
 * ResNet-D's changes: a stem of four 3×3 convolutions in the place of a 7×7 one and a pooling, the map halved in a block's 3×3
 * convolution, and by an average on the way around; and squeeze-and-excitation with a ratio of a quarter.
 */
const resnetRs = ([blocks, size, p, depth]: Setting, name: string): ModelDefinition => ({
  original: imageNet(size),
  paper: 'Bello et al. 2021, 2103.07579',
  build: ({ inputShape, classes }) => {
    const net = new GraphBuilder(name, inputShape);
    let x = net.chain(net.input, [
      ...normalised('conv1.0', 'conv1.1', 32, 3, 2),
      ['conv1.2', relu()],
      ...normalised('conv1.3', 'conv1.4', 32, 3),
      ['conv1.5', relu()],
      ...normalised('conv1.6', 'bn1', 64, 3),
      ['relu', relu()],
      ...normalised('maxpool.0', 'maxpool.1', 64, 3, 2),
      ['maxpool.2', relu()],
    ]);
    const all = blocks.reduce((sum, count) => sum + count, 0);
    let made = 0;
    blocks.forEach((count, stage) => {
      const width = 64 * 2 ** stage;
      for (let block = 0; block < count; block++) {
        const at = `layer${stage + 1}.${block}`;
        const stride = stage > 0 && block === 0 ? 2 : 1;
        let residual = net.chain(x, [
          ...normalised(`${at}.conv1`, `${at}.bn1`, width, 1),
          [`${at}.relu1`, relu()],
          ...normalised(`${at}.conv2`, `${at}.bn2`, width, 3, stride),
          [`${at}.relu2`, relu()],
          // A block begins as its shortcut, as in the authors' implementation.
          ...normalised(`${at}.conv3`, `${at}.bn3`, 4 * width, 1, 1, { initialisation: zero }),
        ]);
        residual = squeezeExcitation(net, `${at}.se`, residual, { channels: 4 * width, squeezed: width });
        // The deeper a block, the more often it is left out.
        const left = (depth * ++made) / all;
        if (left > 0) residual = net.add(`${at}.stochastic_depth`, stochasticDepth({ p: left }), residual);
        const shortcut = net.chain(x, block === 0 ? around(`${at}.downsample`, 4 * width, stride) : []);
        x = net.add(`${at}.relu3`, relu(), net.add(`${at}.add`, add(), residual, shortcut));
      }
    });
    return net.build(
      net.chain(x, [
        ['avgpool', globalAvgPool2d()],
        ['dropout', dropout({ p })],
        ['fc', linear({ outFeatures: classes })],
      ]),
    );
  },
});

const around = (name: string, outChannels: number, stride: number): Chain => [
  ...(stride === 1
    ? []
    : ([[`${name}.0`, avgPool2d({ kernelSize: 2, ceilMode: true, countIncludePad: false })]] as const)),
  ...normalised(`${name}.1`, `${name}.2`, outChannels, 1),
];

export const resnetRss: ModelFamily = byName(table7, resnetRs);
