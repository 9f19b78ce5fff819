import { type Chain, GraphBuilder } from '../graph/builder.ts';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { convolution } from './blocks.ts';
import { imageNet, type ModelFamily } from './definition.ts';

/**
 * Figure 5 of the paper: 1×1; 3×3 reduce, 3×3; double 3×3 reduce, double 3×3; pool, proj. Where there is no 1×1 the map is halved,
 * and pooling has no projection.
 *
 * Of 4c and 4d the figure has an output of 576 channels, but its columns make 608, as implementations have it.
 */
const figure5 = {
  '3a': [64, 64, 64, 64, 96, 'avg', 32],
  '3b': [64, 64, 96, 64, 96, 'avg', 64],
  '3c': [0, 128, 160, 64, 96, 'max', 0],
  '4a': [224, 64, 96, 96, 128, 'avg', 128],
  '4b': [192, 96, 128, 96, 128, 'avg', 128],
  '4c': [160, 128, 160, 128, 160, 'avg', 128],
  '4d': [96, 128, 192, 160, 192, 'avg', 128],
  '4e': [0, 128, 192, 192, 256, 'max', 0],
  '5a': [352, 192, 320, 160, 224, 'avg', 128],
  '5b': [352, 192, 320, 192, 224, 'max', 128],
} as const;

const activated = (name: string, outChannels: number, kernelSize: number, stride = 1): Chain => [
  [`${name}.conv`, convolution(outChannels, kernelSize, stride)],
  [`${name}.bn`, batchNorm2d()],
  [`${name}.relu`, relu()],
];

/** As large a map as a padded convolution makes beside it, of any size. */
const pool = () => maxPool2d({ kernelSize: 3, stride: 2, padding: 1 });

function inception(net: GraphBuilder, block: keyof typeof figure5, input: string): string {
  const [ones, reduce, threes, reduceDouble, double, kind, projected] = figure5[block];
  const name = `inception${block}`;
  const stride = ones === 0 ? 2 : 1;
  const around = { kernelSize: 3, stride: 1, padding: 1 };
  const pooled = stride === 2 ? pool() : kind === 'avg' ? avgPool2d(around) : maxPool2d(around);
  return net.branches(`${name}.concat`, input, [
    ...(stride === 1 ? [activated(`${name}.branch1`, ones, 1)] : []),
    [...activated(`${name}.branch2.0`, reduce, 1), ...activated(`${name}.branch2.1`, threes, 3, stride)],
    [
      ...activated(`${name}.branch3.0`, reduceDouble, 1),
      ...activated(`${name}.branch3.1`, double, 3),
      ...activated(`${name}.branch3.2`, double, 3, stride),
    ],
    [[`${name}.branch4.0`, pooled], ...(stride === 1 ? activated(`${name}.branch4.1`, projected, 1) : [])],
  ]);
}

export const bnInceptions: ModelFamily = {
  'bn-inception': {
    original: imageNet(224),
    paper: 'Ioffe and Szegedy 2015, 1502.03167',
    build: ({ inputShape, classes }) => {
      const net = new GraphBuilder('bn-inception', inputShape);
      let x = net.chain(net.input, [
        ...activated('conv1', 64, 7, 2),
        ['pool1', pool()],
        ...activated('conv2', 64, 1),
        ...activated('conv3', 192, 3),
        ['pool2', pool()],
      ]);
      for (const block of Object.keys(figure5) as (keyof typeof figure5)[]) x = inception(net, block, x);
      return net.build(
        net.chain(x, [
          ['avgpool', globalAvgPool2d()],
          ['fc', linear({ outFeatures: classes })],
        ]),
      );
    },
  },
};
