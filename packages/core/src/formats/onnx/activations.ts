import { dropoutLayer } from '../../layers/dropout.ts';
import { geluLayer } from '../../layers/gelu.ts';
import { hardSigmoidLayer } from '../../layers/hard-sigmoid.ts';
import { hardSwishLayer } from '../../layers/hard-swish.ts';
import { leakyReluLayer } from '../../layers/leaky-relu.ts';
import { preluLayer } from '../../layers/prelu.ts';
import { reluLayer } from '../../layers/relu.ts';
import { relu6Layer } from '../../layers/relu6.ts';
import { sigmoidLayer } from '../../layers/sigmoid.ts';
import { siluLayer } from '../../layers/silu.ts';
import { softmaxLayer } from '../../layers/softmax.ts';
import { stochasticDepthLayer } from '../../layers/stochastic-depth.ts';
import { tanhLayer } from '../../layers/tanh.ts';
import { type ExportedNode, mapping, type OnnxMapping, plainOperator } from './mapping.ts';
import type { OnnxWriter } from './writer.ts';

export const activations: readonly OnnxMapping[] = [
  mapping(dropoutLayer, (_, node) => node.result('Identity', node.inputs)),
  mapping(geluLayer, ({ approximate }, node, to) => (approximate === 'tanh' ? geluTanh : gelu)(node, to)),
  mapping(hardSigmoidLayer, (_, node) =>
    node.result('HardSigmoid', node.inputs, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  ),
  plainOperator(hardSwishLayer, 'HardSwish'),
  mapping(leakyReluLayer, ({ negativeSlope }, node) =>
    node.result('LeakyRelu', node.inputs, { alpha: { float: negativeSlope } }),
  ),
  mapping(preluLayer, ({ numParameters }, node) => {
    const pixels = node.output.slice(1).map(() => 1); // the axes behind the channels
    node.result('PRelu', [...node.inputs, node.constant('weight', [numParameters, ...pixels])]);
  }),
  mapping(relu6Layer, (_, node, to) => {
    const limits = [to.scalar(`${node.name}/least`, 0), to.scalar(`${node.name}/most`, 6)];
    node.result('Clip', [...node.inputs, ...limits]);
  }),
  plainOperator(reluLayer, 'Relu'),
  plainOperator(sigmoidLayer, 'Sigmoid'),
  mapping(siluLayer, (_, node) => node.result('Mul', [node.inputs[0]!, node.step('Sigmoid', node.inputs)])),
  mapping(softmaxLayer, (_, node) => node.result('Softmax', node.inputs, { axis: 1 })),
  plainOperator(tanhLayer, 'Tanh'),
  mapping(stochasticDepthLayer, (_, node) => node.result('Identity', node.inputs)),
];

/** x·(1 + erf(x/√2))/2; the operator Gelu is there from opset 20 only. */
function gelu(node: ExportedNode, to: OnnxWriter): void {
  const x = node.inputs[0]!;
  const erf = node.step('Erf', [node.step('Mul', [x, to.scalar(`${node.name}/rootHalf`, Math.SQRT1_2)])]);
  half(node, to, x, erf);
}

/** x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2. */
function geluTanh(node: ExportedNode, to: OnnxWriter): void {
  const x = node.inputs[0]!;
  const cube = node.step('Mul', [node.step('Mul', [x, x]), x]);
  const scaled = node.step('Mul', [cube, to.scalar(`${node.name}/cubic`, 0.044715)]);
  const root = to.scalar(`${node.name}/root`, Math.sqrt(2 / Math.PI));
  half(node, to, x, node.step('Tanh', [node.step('Mul', [node.step('Add', [x, scaled]), root])]));
}

/** x·(1 + y)/2. */
function half(node: ExportedNode, to: OnnxWriter, x: string, y: string): void {
  const sum = node.step('Add', [y, to.scalar(`${node.name}/one`, 1)]);
  node.result('Mul', [node.step('Mul', [x, sum]), to.scalar(`${node.name}/half`, 0.5)]);
}
