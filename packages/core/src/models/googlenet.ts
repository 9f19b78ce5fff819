import { type Chain, GraphBuilder, type LayerCall } from '../graph/builder.ts';
import { adaptiveAvgPool2d } from '../layers/adaptive-avg-pool2d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { dropout } from '../layers/dropout.ts';
import { flatten } from '../layers/flatten.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { byName, imageNet, type ModelDefinition, type ModelFamily } from './definition.ts';

/** Table 1 of the paper: 1×1; 3×3 reduce, 3×3; 5×5 reduce, 5×5; pool proj. */
const table1 = {
  inception3a: [64, 96, 128, 16, 32, 32],
  inception3b: [128, 128, 192, 32, 96, 64],
  inception4a: [192, 96, 208, 16, 48, 64],
  inception4b: [160, 112, 224, 24, 64, 64],
  inception4c: [128, 128, 256, 24, 64, 64],
  inception4d: [112, 144, 288, 32, 64, 64],
  inception4e: [256, 160, 320, 32, 128, 128],
  inception5a: [256, 160, 320, 32, 128, 128],
  inception5b: [384, 192, 384, 48, 128, 128],
} as const;

const initialisation = { kind: 'truncatedNormal', deviation: 0.01 } as const;

/** With batch norm, and 3×3 in the place of the paper's 5×5, as in torchvision. */
const activated = (name: string, outChannels: number, kernelSize: number, stride = 1): Chain => [
  [
    `${name}.conv`,
    conv2d({ outChannels, kernelSize, stride, padding: (kernelSize - 1) / 2, bias: false, initialisation }),
  ],
  [`${name}.bn`, batchNorm2d({ eps: 0.001 })],
  [`${name}.relu`, relu()],
];

const pool = (kernelSize: number, stride = 2): LayerCall =>
  maxPool2d({ kernelSize, stride, padding: stride === 1 ? 1 : 0, ceilMode: true });

function inception(net: GraphBuilder, name: keyof typeof table1, input: string): string {
  const [ones, reduce3, threes, reduce5, fives, projected] = table1[name];
  return net.branches(`${name}.concat`, input, [
    activated(`${name}.branch1`, ones, 1),
    [...activated(`${name}.branch2.0`, reduce3, 1), ...activated(`${name}.branch2.1`, threes, 3)],
    [...activated(`${name}.branch3.0`, reduce5, 1), ...activated(`${name}.branch3.1`, fives, 3)],
    [[`${name}.branch4.0`, pool(3, 1)], ...activated(`${name}.branch4.1`, projected, 1)],
  ]);
}

/** A classifier in the middle, which helps to train what is before it. */
const auxiliaryHead = (name: string, classes: number): Chain => [
  [`${name}.avgpool`, adaptiveAvgPool2d({ outputSize: 4 })],
  ...activated(`${name}.conv`, 128, 1),
  [`${name}.flatten`, flatten()],
  [`${name}.fc1`, linear({ outFeatures: 1024, initialisation })],
  [`${name}.relu`, relu()],
  [`${name}.dropout`, dropout({ p: 0.7 })],
  [`${name}.fc2`, linear({ outFeatures: classes, initialisation })],
];

/** As torchvision has it, with batch norm. With the two heads in the middle, those are the second and the third output. */
const googlenet = (withHeads: boolean, name: string): ModelDefinition => ({
  original: imageNet(224),
  paper: 'Szegedy et al. 2014, 1409.4842',
  build: ({ inputShape, classes }) => {
    const net = new GraphBuilder(name, inputShape);
    let x = net.chain(net.input, [
      ...activated('conv1', 64, 7, 2),
      ['maxpool1', pool(3)],
      ...activated('conv2', 64, 1),
      ...activated('conv3', 192, 3),
      ['maxpool2', pool(3)],
    ]);
    x = inception(net, 'inception3a', x);
    x = inception(net, 'inception3b', x);
    x = net.add('maxpool3', pool(3), x);
    const after4a = inception(net, 'inception4a', x);
    x = inception(net, 'inception4b', after4a);
    x = inception(net, 'inception4c', x);
    const after4d = inception(net, 'inception4d', x);
    x = inception(net, 'inception4e', after4d);
    x = net.add('maxpool4', pool(2), x);
    x = inception(net, 'inception5a', x);
    x = inception(net, 'inception5b', x);
    const heads = withHeads
      ? [net.chain(after4a, auxiliaryHead('aux1', classes)), net.chain(after4d, auxiliaryHead('aux2', classes))]
      : [];
    const output = net.chain(x, [
      ['avgpool', globalAvgPool2d()],
      ['dropout', dropout({ p: 0.2 })],
      ['fc', linear({ outFeatures: classes, initialisation })],
    ]);
    // Section 5 of the paper: their losses count 0.3.
    const auxiliary = Object.fromEntries(heads.map((head) => [head, 0.3]));
    return { ...net.build(output, ...heads), auxiliary };
  },
});

export const googlenets: ModelFamily = byName({ googlenet: true, 'googlenet-no-aux': false }, googlenet);
