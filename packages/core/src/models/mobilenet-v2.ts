import { type Chain, GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { dropout } from '../layers/dropout.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { relu6 } from '../layers/relu6.ts';
import { convolution, zero } from './blocks.ts';
import { imageNet, type ModelFamily, type ModelOptions } from './definition.ts';

/** Table 2 of the paper: expansion, output channels, repetitions, stride of the first. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

const initialisation = { kind: 'normal', deviation: 0.01 } as const;

/** At its full width; named as torchvision's. */
function mobilenetV2({ inputShape, classes }: ModelOptions): Graph {
  const net = new GraphBuilder('mobilenet-v2', inputShape);
  let x = net.chain(net.input, activated('features.0', 32, 3, 2));
  let width = 32;
  let index = 0;
  for (const [expansion, outChannels, repetitions, firstStride] of stages) {
    for (let block = 0; block < repetitions; block++) {
      const stride = block === 0 ? firstStride : 1;
      const name = `features.${++index}`;
      const chain = invertedResidual(`${name}.conv`, width, expansion, outChannels, stride);
      x = stride === 1 && width === outChannels ? net.residual(`${name}.add`, x, chain) : net.chain(x, chain);
      width = outChannels;
    }
  }
  return net.build(
    net.chain(x, [
      ...activated(`features.${index + 1}`, 1280, 1, 1),
      ['pool', globalAvgPool2d()],
      ['classifier.0', dropout({ p: 0.2 })],
      ['classifier.1', linear({ outFeatures: classes, initialisation, biasInitialisation: zero })],
    ]),
  );
}

/** Expand, filter each channel by itself, project: the last without an activation. */
function invertedResidual(
  name: string,
  inChannels: number,
  expansion: number,
  outChannels: number,
  stride: number,
): Chain {
  const hidden = inChannels * expansion;
  const expand = expansion === 1 ? [] : [(at: string) => activated(at, hidden, 1, 1)];
  const parts = [...expand, (at: string) => activated(at, hidden, 3, stride, hidden)];
  return [
    ...parts.flatMap((part, i) => part(`${name}.${i}`)),
    [`${name}.${parts.length}`, convolution(outChannels, 1)],
    [`${name}.${parts.length + 1}`, batchNorm2d()],
  ];
}

const activated = (name: string, outChannels: number, kernelSize: number, stride: number, groups = 1): Chain => [
  [`${name}.0`, convolution(outChannels, kernelSize, stride, groups)],
  [`${name}.1`, batchNorm2d()],
  [`${name}.2`, relu6()],
];

export const mobilenetV2s: ModelFamily = {
  'mobilenet-v2': { original: imageNet(224), paper: 'Sandler et al. 2018, 1801.04381', build: mobilenetV2 },
};
