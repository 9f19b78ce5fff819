import { GraphBuilder, type LayerCall } from '../graph/builder.ts';
import type { Graph, Shape } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import * as layers from '../index.ts';

/** A layer, and behind it what makes logits of its output; its own output is looked at too. */
export function around(call: LayerCall, shape: Shape, inputs = 1): Graph {
  const net = new GraphBuilder('around', shape);
  const layer = net.add('layer', call, ...new Array<string>(inputs).fill(net.input));
  const { shapes } = resolveGraph(net.build(layer));
  const flat = shapes.get(layer)!.length === 1 ? layer : net.add('flat', layers.flatten(), layer);
  return net.build(net.add('fc', layers.linear({ outFeatures: 2 }), flat), layer);
}

export const map: Shape = [9, 7, 4];
/** Layers with their options, the shape that they read ([9, 7, 4]) and how many of it. */
export const layerCases: readonly [call: LayerCall, shape?: Shape, inputs?: number][] = [
  [layers.adaptiveAvgPool2d({ outputSize: [3, 7] })],
  [layers.adaptiveAvgPool2d({ outputSize: [4, 3] })],
  [layers.adaptiveAvgPool2d({ outputSize: [11, 2] })],
  [layers.adaptiveMaxPool2d({ outputSize: [3, 1] })],
  [layers.add(), map, 2],
  [layers.avgPool2d({ kernelSize: 2 })],
  [layers.avgPool2d({ kernelSize: 3, stride: 2, padding: 1 })],
  [layers.avgPool2d({ kernelSize: 3, stride: 2, padding: 1, countIncludePad: false })],
  [layers.avgPool2d({ kernelSize: [4, 3], stride: 3, padding: 1, ceilMode: true })],
  [layers.avgPool2d({ kernelSize: 2, stride: 2, padding: 1, ceilMode: true }), [6, 5, 2]],
  [layers.avgPool2d({ kernelSize: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false }), [8, 6, 2]],
  [layers.avgPool2d({ kernelSize: 3, stride: 2, ceilMode: true }), [8, 6, 2]],
  [layers.avgPool2d({ kernelSize: 3, stride: 2, padding: 1, ceilMode: true, divisorOverride: 2 }), [8, 6, 2]],
  [layers.batchNorm1d(), [5]],
  [layers.batchNorm2d({ eps: 0.1 })],
  [layers.concat(), map, 3],
  [layers.conv1d({ outChannels: 6, kernelSize: 3, padding: 1, stride: 2 }), [11, 4]],
  [layers.conv1d({ outChannels: 6, kernelSize: 4, padding: 'same', groups: 2 }), [11, 4]],
  [layers.conv2d({ outChannels: 6, kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], dilation: [1, 2], groups: 2 })],
  [layers.conv2d({ outChannels: 4, kernelSize: 4, padding: 'same', bias: false, groups: 4 })],
  [layers.conv2d({ outChannels: 3, kernelSize: 3, padding: 2, paddingMode: 'reflect' })],
  [layers.conv2d({ outChannels: 3, kernelSize: 3, padding: [1, 2], paddingMode: 'replicate' })],
  [layers.convTranspose2d({ outChannels: 6, kernelSize: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2 })],
  [layers.dropout()],
  [layers.padChannels({ before: 2, after: 1 })],
  [layers.stochasticDepth({ p: 0.5 })],
  [layers.flatten()],
  [layers.flatten(), [11, 4]],
  [layers.gelu()],
  [layers.gelu({ approximate: 'tanh' })],
  [layers.globalAvgPool2d()],
  [layers.groupNorm({ numGroups: 2 })],
  [layers.groupNorm({ numGroups: 2, affine: false })],
  [layers.groupNorm({ numGroups: 2 }), [6]],
  [layers.hardSigmoid()],
  [layers.hardSwish()],
  [layers.instanceNorm2d()],
  [layers.instanceNorm2d({ affine: true })],
  [layers.layerNorm()],
  [layers.layerNorm({ elementwiseAffine: false }), [5]],
  [layers.layerNorm2d()],
  [layers.leakyRelu({ negativeSlope: 0.2 })],
  [layers.linear({ outFeatures: 3, bias: false }), [5]],
  [layers.localResponseNorm({ size: 3, alpha: 0.5, beta: 0.6, k: 2 })],
  [layers.lpPool2d({ kernelSize: 3, stride: 2, ceilMode: true, normType: 2 }), [8, 6, 2]],
  [layers.lpPool2d({ kernelSize: [2, 3], stride: 2, normType: 2 })],
  [layers.maxPool2d({ kernelSize: 3, stride: 2, padding: 1, dilation: [1, 2] })],
  [layers.maxPool2d({ kernelSize: 3, stride: 2, ceilMode: true }), [8, 6, 2]],
  [layers.multiply(), map, 2],
  [layers.pad2d({ padding: [1, 2, 3, 0], value: -2 })],
  [layers.pad2d({ padding: [-1, 1, -1, 1] })],
  [layers.pad2d({ padding: [1, 2, 3, 0], mode: 'reflect' })],
  [layers.pad2d({ padding: [1, 2, 3, 0], mode: 'replicate' })],
  [layers.prelu()],
  [layers.prelu({ numParameters: 4 })],
  [layers.prelu({ numParameters: 5 }), [5]],
  [layers.relu()],
  [layers.relu6()],
  [layers.rmsNorm()],
  [layers.rmsNorm2d({ elementwiseAffine: false })],
  [layers.sigmoid()],
  [layers.silu()],
  [layers.softmax()],
  [layers.tanh()],
  [layers.upsample({ scaleFactor: 2 })],
  [layers.upsample({ size: [13, 5] })],
  [layers.upsample({ size: [13, 5], mode: 'bilinear' })],
  [layers.upsample({ scaleFactor: [1.7, 2.6], mode: 'bilinear' })],
  [layers.upsample({ scaleFactor: 3, mode: 'bilinear', alignCorners: true })],
];
