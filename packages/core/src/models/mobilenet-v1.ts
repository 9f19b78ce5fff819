import { type Chain, sequential } from '../graph/builder.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { relu } from '../layers/relu.ts';
import { zero } from './blocks.ts';
import { imageNet, type ModelFamily } from './definition.ts';

/** Table 1 of the paper: output channels and stride of each pair of a depthwise and a 1×1 convolution. */
const table1 = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/** As in the authors' implementation (tensorflow/models, slim/nets/mobilenet_v1.py). */
const initialisation = { kind: 'truncatedNormal', deviation: 0.09, limit: 0.18 } as const;

const activated = (name: string, outChannels: number, kernelSize: number, stride: number, groups = 1): Chain => [
  [
    `${name}.0`,
    conv2d({ outChannels, kernelSize, stride, padding: (kernelSize - 1) / 2, groups, bias: false, initialisation }),
  ],
  [`${name}.1`, batchNorm2d()],
  [`${name}.2`, relu()],
];

export const mobilenetV1s: ModelFamily = {
  'mobilenet-v1': {
    original: imageNet(224),
    paper: 'Howard et al. 2017, 1704.04861',
    build: ({ inputShape, classes }) =>
      sequential('mobilenet-v1', inputShape, [
        ...activated('features.0', 32, 3, 2),
        ...table1.flatMap(([outChannels, stride], i) => {
          const channels = i === 0 ? 32 : table1[i - 1]![0];
          return [
            ...activated(`features.${i + 1}.0`, channels, 3, stride, channels),
            ...activated(`features.${i + 1}.1`, outChannels, 1, 1),
          ];
        }),
        ['avgpool', globalAvgPool2d()],
        ['classifier', linear({ outFeatures: classes, initialisation, biasInitialisation: zero })],
      ]),
  },
};
