import { type Chain, GraphBuilder, type LayerCall } from '../graph/builder.ts';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { concat } from '../layers/concat.ts';
import { conv2d } from '../layers/conv2d.ts';
import { dropout } from '../layers/dropout.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { byName, imageNet, type ModelDefinition, type ModelFamily } from './definition.ts';

type Kernel = number | readonly [height: number, width: number];

const truncated = (deviation: number) => ({ kind: 'truncatedNormal', deviation }) as const;

interface Details {
  readonly stride?: number;
  /** `valid` lets the map become smaller by the kernel. */
  readonly padding?: 'same' | 'valid';
}

function activated(name: string, outChannels: number, kernel: Kernel, details: Details = {}): Chain {
  const { stride = 1, padding = 'same' } = details;
  const [height, width] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  const call = conv2d({
    outChannels,
    kernelSize: [height, width],
    stride,
    padding: padding === 'valid' ? 0 : [(height - 1) / 2, (width - 1) / 2],
    bias: false,
    initialisation: truncated(0.1),
  });
  return [
    [`${name}.conv`, call],
    [`${name}.bn`, batchNorm2d({ eps: 0.001 })],
    [`${name}.relu`, relu()],
  ];
}

const halving = { stride: 2, padding: 'valid' } as const;
const maxPool = (): LayerCall => maxPool2d({ kernelSize: 3, stride: 2 });
const averaged = (name: string, outChannels: number): Chain => [
  [`${name}.pool`, avgPool2d({ kernelSize: 3, stride: 1, padding: 1 })],
  ...activated(`${name}.branch_pool`, outChannels, 1),
];

/** Figure 5 of the paper: two 3×3 for one 5×5. */
const blockA = (net: GraphBuilder, name: string, input: string, pooled: number): string =>
  net.branches(name, input, [
    activated(`${name}.branch1x1`, 64, 1),
    [...activated(`${name}.branch5x5_1`, 48, 1), ...activated(`${name}.branch5x5_2`, 64, 5)],
    [
      ...activated(`${name}.branch3x3dbl_1`, 64, 1),
      ...activated(`${name}.branch3x3dbl_2`, 96, 3),
      ...activated(`${name}.branch3x3dbl_3`, 96, 3),
    ],
    averaged(name, pooled),
  ]);

/** Figure 10: a smaller map, without losing more than is needed. */
const blockB = (net: GraphBuilder, name: string, input: string): string =>
  net.branches(name, input, [
    activated(`${name}.branch3x3`, 384, 3, halving),
    [
      ...activated(`${name}.branch3x3dbl_1`, 64, 1),
      ...activated(`${name}.branch3x3dbl_2`, 96, 3),
      ...activated(`${name}.branch3x3dbl_3`, 96, 3, halving),
    ],
    [[`${name}.pool`, maxPool()]],
  ]);

/** Figure 6: a 1×7 and a 7×1 for one 7×7. */
const blockC = (net: GraphBuilder, name: string, input: string, width: number): string =>
  net.branches(name, input, [
    activated(`${name}.branch1x1`, 192, 1),
    [
      ...activated(`${name}.branch7x7_1`, width, 1),
      ...activated(`${name}.branch7x7_2`, width, [1, 7]),
      ...activated(`${name}.branch7x7_3`, 192, [7, 1]),
    ],
    [
      ...activated(`${name}.branch7x7dbl_1`, width, 1),
      ...activated(`${name}.branch7x7dbl_2`, width, [7, 1]),
      ...activated(`${name}.branch7x7dbl_3`, width, [1, 7]),
      ...activated(`${name}.branch7x7dbl_4`, width, [7, 1]),
      ...activated(`${name}.branch7x7dbl_5`, 192, [1, 7]),
    ],
    averaged(name, 192),
  ]);

const blockD = (net: GraphBuilder, name: string, input: string): string =>
  net.branches(name, input, [
    [...activated(`${name}.branch3x3_1`, 192, 1), ...activated(`${name}.branch3x3_2`, 320, 3, halving)],
    [
      ...activated(`${name}.branch7x7x3_1`, 192, 1),
      ...activated(`${name}.branch7x7x3_2`, 192, [1, 7]),
      ...activated(`${name}.branch7x7x3_3`, 192, [7, 1]),
      ...activated(`${name}.branch7x7x3_4`, 192, 3, halving),
    ],
    [[`${name}.pool`, maxPool()]],
  ]);

/** Figure 7: a 1×3 beside a 3×1. */
function blockE(net: GraphBuilder, name: string, input: string): string {
  const ones = net.chain(input, activated(`${name}.branch1x1`, 320, 1));
  const beside = (from: string, a: string, b: string): string[] => [
    net.chain(from, activated(a, 384, [1, 3])),
    net.chain(from, activated(b, 384, [3, 1])),
  ];
  const three = net.chain(input, activated(`${name}.branch3x3_1`, 384, 1));
  const threes = beside(three, `${name}.branch3x3_2a`, `${name}.branch3x3_2b`);
  const double = net.chain(input, [
    ...activated(`${name}.branch3x3dbl_1`, 448, 1),
    ...activated(`${name}.branch3x3dbl_2`, 384, 3),
  ]);
  const doubles = beside(double, `${name}.branch3x3dbl_3a`, `${name}.branch3x3dbl_3b`);
  return net.add(name, concat(), ones, ...threes, ...doubles, net.chain(input, averaged(name, 192)));
}

/** Torchvision's. With the head in the middle, which needs the original size, that is the second output. */
const inceptionV3 = (heads: boolean, name: string): ModelDefinition => ({
  original: imageNet(299),
  paper: 'Szegedy et al. 2015, 1512.00567',
  build: ({ inputShape, classes }) => {
    const net = new GraphBuilder(name, inputShape);
    let x = net.chain(net.input, [
      ...activated('Conv2d_1a_3x3', 32, 3, halving),
      ...activated('Conv2d_2a_3x3', 32, 3, { padding: 'valid' }),
      ...activated('Conv2d_2b_3x3', 64, 3),
      ['maxpool1', maxPool()],
      ...activated('Conv2d_3b_1x1', 80, 1),
      ...activated('Conv2d_4a_3x3', 192, 3, { padding: 'valid' }),
      ['maxpool2', maxPool()],
    ]);
    x = blockA(net, 'Mixed_5b', x, 32);
    x = blockA(net, 'Mixed_5c', x, 64);
    x = blockA(net, 'Mixed_5d', x, 64);
    x = blockB(net, 'Mixed_6a', x);
    x = blockC(net, 'Mixed_6b', x, 128);
    x = blockC(net, 'Mixed_6c', x, 160);
    x = blockC(net, 'Mixed_6d', x, 160);
    x = blockC(net, 'Mixed_6e', x, 192);
    const head =
      heads &&
      net.chain(x, [
        ['AuxLogits.pool', avgPool2d({ kernelSize: 5, stride: 3 })],
        ...activated('AuxLogits.conv0', 128, 1),
        ...activated('AuxLogits.conv1', 768, 5, { padding: 'valid' }),
        ['AuxLogits.avgpool', globalAvgPool2d()],
        ['AuxLogits.fc', linear({ outFeatures: classes, initialisation: truncated(0.001) })],
      ]);
    x = blockD(net, 'Mixed_7a', x);
    x = blockE(net, 'Mixed_7b', x);
    x = blockE(net, 'Mixed_7c', x);
    const output = net.chain(x, [
      ['avgpool', globalAvgPool2d()],
      ['dropout', dropout()],
      ['fc', linear({ outFeatures: classes, initialisation: truncated(0.1) })],
    ]);
    // As its authors' implementation weighs the head's loss.
    return head ? { ...net.build(output, head), auxiliary: { [head]: 0.4 } } : net.build(output);
  },
});

export const inceptionV3s: ModelFamily = byName({ 'inception-v3': true, 'inception-v3-no-aux': false }, inceptionV3);
