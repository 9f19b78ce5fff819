import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { add } from '../layers/add.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import type { ModelOptions } from './model.ts';

/** Blocks of each stage: table 1 of the paper, for the depths whose blocks have two convolutions. */
const stages = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3] } as const;

/** He et al. 2015 ("Deep residual learning"), table 1: a 7×7 stem and four stages. Tensors are named as torchvision's. */
export const resnet =
  (depth: keyof typeof stages) =>
  ({ inputShape, classes }: ModelOptions): Graph => {
    const net = new GraphBuilder(`resnet${depth}`, inputShape);
    const stem = net.chain(net.input, [
      ['conv1', convolution(64, 7, 2)],
      ['bn1', batchNorm2d()],
      ['relu', relu()],
      ['maxpool', maxPool2d({ kernelSize: 3, stride: 2, padding: 1 })],
    ]);
    return residualStages(net, stem, stages[depth], 64, classes);
  };

/**
 * The same paper's networks for pictures of 32×32 (section 4.2): 6n + 2 layers in three stages of 16, 32 and 64 channels.
 * Where the map is halved, the shortcut is a 1×1 convolution (kind B).
 */
export const resnetCifar =
  (depth: 20 | 32 | 44 | 56 | 110) =>
  ({ inputShape, classes }: ModelOptions): Graph => {
    const net = new GraphBuilder(`resnet${depth}`, inputShape);
    const stem = net.chain(net.input, [
      ['conv1', convolution(16, 3, 1)],
      ['bn1', batchNorm2d()],
      ['relu', relu()],
    ]);
    const blocks = (depth - 2) / 6;
    return residualStages(net, stem, [blocks, blocks, blocks], 16, classes);
  };

/** As torchvision starts them: Kaiming by the outputs. */
const convolution = (outChannels: number, kernelSize: number, stride: number) =>
  conv2d({
    outChannels,
    kernelSize,
    stride,
    padding: (kernelSize - 1) / 2,
    bias: false,
    initialisation: { kind: 'kaimingNormal', mode: 'fanOut' },
  });

/** @param blocks of each stage @param width channels of the first stage, which is twice as wide each time the map is halved */
function residualStages(
  net: GraphBuilder,
  stem: string,
  blocks: readonly number[],
  width: number,
  classes: number,
): Graph {
  let x = stem;
  blocks.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      x = basicBlock(net, `layer${stage + 1}.${block}`, x, width * 2 ** stage, stage > 0 && block === 0);
    }
  });
  return net.build(net.add('fc', linear({ outFeatures: classes }), net.add('avgpool', globalAvgPool2d(), x)));
}

/** Two 3×3 convolutions and the way around them; where it halves the map, also by a convolution. */
function basicBlock(net: GraphBuilder, name: string, x: string, outChannels: number, halves: boolean): string {
  const stride = halves ? 2 : 1;
  const residual = net.chain(x, [
    [`${name}.conv1`, convolution(outChannels, 3, stride)],
    [`${name}.bn1`, batchNorm2d()],
    [`${name}.relu1`, relu()],
    [`${name}.conv2`, convolution(outChannels, 3, 1)],
    [`${name}.bn2`, batchNorm2d()],
  ]);
  const shortcut = halves
    ? net.chain(x, [
        [`${name}.downsample.0`, convolution(outChannels, 1, stride)],
        [`${name}.downsample.1`, batchNorm2d()],
      ])
    : x;
  return net.add(`${name}.relu2`, relu(), net.add(`${name}.add`, add(), residual, shortcut));
}
