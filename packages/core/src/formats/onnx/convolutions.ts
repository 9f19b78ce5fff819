import { convTranspose2dLayer } from '../../layers/conv-transpose2d.ts';
import { conv1dLayer } from '../../layers/conv1d.ts';
import { conv2dLayer } from '../../layers/conv2d.ts';
import { linearLayer } from '../../layers/linear.ts';
import { locallyConnected2dLayer } from '../../layers/locally-connected2d.ts';
import { padChannelsLayer } from '../../layers/pad-channels.ts';
import { pad2dLayer } from '../../layers/pad2d.ts';
import { sidesOf } from '../../layers/padded-convolution.ts';
import { type ExportedNode, mapping, type OnnxMapping, refuse, unsupported } from './mapping.ts';
import type { OnnxWriter } from './writer.ts';

/** What the field calls a border, and what ONNX does. `wrap` is there from opset 19 only. */
const padModes: Readonly<Record<string, string>> = {
  constant: 'constant',
  zeros: 'constant',
  reflect: 'reflect',
  replicate: 'edge',
};

/**
 * Adds a border.
 *
 * @param sides [before, after] of each axis behind the channels
 * @returns the inputs and attributes of the operator Pad
 */
function border(
  node: ExportedNode,
  to: OnnxWriter,
  sides: readonly (readonly [number, number])[],
  mode: string,
  value = 0,
): Parameters<ExportedNode['step']> {
  const onnxMode = padModes[mode] ?? refuse(`a ${mode} border cannot be exported: ONNX has it from opset 19`);
  const pads = [0, 0, ...sides.map(([before]) => before), 0, 0, ...sides.map(([, after]) => after)];
  const inputs = [node.inputs[0]!, to.integers(`${node.name}/pads`, pads)];
  if (onnxMode === 'constant') inputs.push(to.scalar(`${node.name}/value`, value));
  return ['Pad', inputs, { mode: onnxMode }];
}

interface Convolution {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: 'same' | 'valid' | readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly bias: boolean;
  readonly paddingMode: string;
}

function convolution(o: Convolution, node: ExportedNode, to: OnnxWriter): void {
  const { kernelSize, stride, padding, dilation, groups, bias, paddingMode } = o;
  const sides = kernelSize.map((kernel, i) =>
    sidesOf(typeof padding === 'string' ? padding : padding[i]!, kernel, dilation[i]!),
  );
  const apart = paddingMode !== 'zeros' && sides.flat().some((side) => side > 0);
  const input = apart ? node.step(...border(node, to, sides, paddingMode)) : node.inputs[0]!;
  const pads = apart
    ? sides.flatMap(() => [0, 0])
    : [...sides.map(([before]) => before), ...sides.map(([, after]) => after)];
  const attributes = { kernel_shape: kernelSize, strides: stride, pads, dilations: dilation, group: groups };
  node.result('Conv', [input, ...weights(node, bias)], attributes);
}

const weights = (node: ExportedNode, bias: boolean): string[] =>
  (bias ? ['weight', 'bias'] : ['weight']).map((name) => node.constant(name));

export const convolutions: readonly OnnxMapping[] = [
  mapping(conv1dLayer, (o, node, to) => {
    const padding = typeof o.padding === 'string' ? o.padding : [o.padding];
    convolution({ ...o, kernelSize: [o.kernelSize], stride: [o.stride], dilation: [o.dilation], padding }, node, to);
  }),
  mapping(conv2dLayer, convolution),
  mapping(convTranspose2dLayer, ({ kernelSize, stride, padding, outputPadding, dilation, groups, bias }, node) => {
    node.result('ConvTranspose', [node.inputs[0]!, ...weights(node, bias)], {
      kernel_shape: kernelSize,
      strides: stride,
      pads: [...padding, ...padding],
      output_padding: outputPadding,
      dilations: dilation,
      group: groups,
    });
  }),
  mapping(linearLayer, ({ bias }, node) => {
    node.result('Gemm', [node.inputs[0]!, ...weights(node, bias)], { transB: 1 });
  }),
  unsupported(locallyConnected2dLayer, 'ONNX has no operator with a kernel for each pixel'),
  mapping(pad2dLayer, ({ padding: [left, right, top, bottom], mode, value }, node, to) => {
    node.result(...border(node, to, [[top, bottom], [left, right]], mode, value)); // biome-ignore format: one line
  }),
  mapping(padChannelsLayer, ({ before, after }, node, to) => {
    const pads = to.integers(`${node.name}/pads`, [0, before, 0, 0, 0, after, 0, 0]);
    node.result('Pad', [node.inputs[0]!, pads, to.scalar(`${node.name}/value`, 0)], { mode: 'constant' });
  }),
];
