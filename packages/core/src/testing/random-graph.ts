import { GraphBuilder, type LayerCall } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { add } from '../layers/add.ts';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { convTranspose2d } from '../layers/conv-transpose2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { locallyConnected2d } from '../layers/locally-connected2d.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import { Generator } from '../random/generator.ts';

const layers: readonly (() => LayerCall)[] = [
  relu,
  relu,
  () => batchNorm2d(),
  () => conv2d({ outChannels: 3, kernelSize: 3, padding: 1 }),
  () => conv2d({ outChannels: 3, kernelSize: 1, bias: false }),
  () => conv2d({ outChannels: 3, kernelSize: 2, padding: 'same', paddingMode: 'reflect' }),
  () => convTranspose2d({ outChannels: 3, kernelSize: 3, padding: 1 }),
  () => locallyConnected2d({ outChannels: 3, kernelSize: 3, padding: 1 }),
  () => maxPool2d({ kernelSize: 3, stride: 1, padding: 1 }),
  () => avgPool2d({ kernelSize: 3, stride: 1, padding: 1 }),
];

/** A convolution of what is normalised before it, and goes nowhere else. */
function normalisedConvolution(net: GraphBuilder, i: number, from: string, withRelu: boolean): string {
  const norm = net.add(`norm${i}`, batchNorm2d(), from);
  const input = withRelu ? net.add(`relu${i}`, relu(), norm) : norm;
  return net.add(`node${i}`, conv2d({ outChannels: 3, kernelSize: 3, padding: 1 }), input);
}

/** What is normalised and goes nowhere else, and another tensor, added. */
function normalisedSum(net: GraphBuilder, i: number, from: string, other: string, withRelu: boolean): string {
  const scaled = net.add(`scaled${i}`, conv2d({ outChannels: 3, kernelSize: 1 }), from);
  const sum = net.add(`sum${i}`, add(), net.add(`norm${i}`, batchNorm2d(), scaled), other);
  return withRelu ? net.add(`node${i}`, relu(), sum) : sum;
}

/**
 * A graph of up to a dozen layers over two inputs of 4×3×3, with three classes, in which tensors have any number of readers: none
 * (nodes that lead nowhere), one, or several.
 */
export function randomGraph(seed: number): Graph {
  const random = new Generator({ seed, purpose: 'split' });
  const net = new GraphBuilder(`random-${seed}`, [4, 3, 3]);
  const tensors = ['second', net.input];
  // Mostly one of the last two, so that there are chains, but sometimes any.
  const pick = (): string =>
    tensors.at(random.integer(4) > 0 ? -1 - random.integer(2) : -1 - random.integer(tensors.length)) ?? net.input;
  const count = 3 + random.integer(10);
  for (let i = 0; i < count; i++) {
    const kind = random.integer(8);
    if (kind < 2) tensors.push(net.add(`add${i}`, add(), pick(), pick()));
    else if (kind === 2) tensors.push(normalisedConvolution(net, i, pick(), random.integer(2) === 0));
    else if (kind === 3) tensors.push(normalisedSum(net, i, pick(), pick(), random.integer(2) === 0));
    else tensors.push(net.add(`node${i}`, layers[random.integer(layers.length)]!(), pick()));
  }
  const pooled = net.add('pooled', globalAvgPool2d(), tensors.at(-1)!);
  const output = net.add('fc', linear({ outFeatures: 3 }), pooled);
  const others = random.integer(2) === 0 ? [] : [tensors[random.integer(tensors.length)]!];
  const graph = net.build(output, ...others);
  return { ...graph, inputs: [...graph.inputs, { name: 'second', shape: [4, 3, 3] }] };
}
