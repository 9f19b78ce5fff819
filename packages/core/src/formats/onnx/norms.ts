import type { Shape } from '../../graph/graph.ts';
import { batchNorm1dLayer } from '../../layers/batch-norm1d.ts';
import { batchNorm2dLayer } from '../../layers/batch-norm2d.ts';
import { groupNormLayer } from '../../layers/group-norm.ts';
import { instanceNorm2dLayer } from '../../layers/instance-norm2d.ts';
import { layerNormLayer } from '../../layers/layer-norm.ts';
import { layerNorm2dLayer } from '../../layers/layer-norm2d.ts';
import { localResponseNormLayer } from '../../layers/local-response-norm.ts';
import { rmsNormLayer } from '../../layers/rms-norm.ts';
import { rmsNorm2dLayer } from '../../layers/rms-norm2d.ts';
import { type ExportedNode, mapping, type OnnxMapping, refuse } from './mapping.ts';
import type { OnnxWriter } from './writer.ts';

function batchNorm({ eps }: { readonly eps: number }, node: ExportedNode): void {
  const vectors = ['weight', 'bias', 'running_mean', 'running_var'].map((name) => node.constant(name));
  node.result('BatchNormalization', [node.inputs[0]!, ...vectors], { epsilon: { float: eps } });
}

/** Where a norm has no parameters, an operator that wants them has ones and zeros. */
function affineOr(node: ExportedNode, to: OnnxWriter, affine: boolean, shape: Shape): string[] {
  const filled = (value: number) => new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value);
  if (affine) return [node.constant('weight'), node.constant('bias')];
  return [to.floats(`${node.name}/ones`, shape, filled(1)), to.floats(`${node.name}/zeros`, shape, filled(0))];
}

/** [channels, 1, …]: one value a channel, for all pixels. */
const perChannel = ({ output }: ExportedNode): Shape => [output.at(-1)!, ...output.slice(1).map(() => 1)];

/** PyTorch's order of a shape here. */
const channelsFirst = (shape: Shape): Shape => [shape.at(-1)!, ...shape.slice(0, -1)];

/** The groups are taken for channels, and normalised as those of one picture are. */
function groupNorm(
  { numGroups, eps, affine }: { readonly numGroups: number; readonly eps: number; readonly affine: boolean },
  node: ExportedNode,
  to: OnnxWriter,
): void {
  // In a Reshape, 0 leaves an axis as it is and −1 takes what is left.
  const grouped = node.step('Reshape', [node.inputs[0]!, to.integers(`${node.name}/groups`, [0, numGroups, -1])]);
  const norm = node.step('InstanceNormalization', [grouped, ...affineOr(node, to, false, [numGroups])], {
    epsilon: { float: eps },
  });
  const back: [string, string] = [norm, to.integers(`${node.name}/shape`, [0, ...channelsFirst(node.output)])];
  if (affine) {
    const scaled = node.step('Mul', [node.step('Reshape', back), node.constant('weight', perChannel(node))]);
    node.result('Add', [scaled, node.constant('bias', perChannel(node))]);
  } else node.result('Reshape', back);
}

interface RowNorm {
  readonly eps: number;
  readonly elementwiseAffine: boolean;
}

/** x/√(mean of x² + eps)·weight, the mean over some axes. */
function rmsNorm(
  { eps, elementwiseAffine }: RowNorm,
  axes: readonly number[],
  weight: Shape,
  node: ExportedNode,
  to: OnnxWriter,
): void {
  const x = node.inputs[0]!;
  const mean = node.step('ReduceMean', [node.step('Mul', [x, x])], { axes });
  const root = node.step('Sqrt', [node.step('Add', [mean, to.scalar(`${node.name}/eps`, eps)])]);
  if (elementwiseAffine) node.result('Mul', [node.step('Div', [x, root]), node.constant('weight', weight)]);
  else node.result('Div', [x, root]);
}

export const norms: readonly OnnxMapping[] = [
  mapping(batchNorm1dLayer, batchNorm),
  mapping(batchNorm2dLayer, batchNorm),
  mapping(groupNormLayer, groupNorm),
  mapping(instanceNorm2dLayer, ({ eps, affine }, node, to) => {
    const vectors = affineOr(node, to, affine, [node.output.at(-1)!]);
    node.result('InstanceNormalization', [node.inputs[0]!, ...vectors], { epsilon: { float: eps } });
  }),
  mapping(layerNorm2dLayer, ({ eps, elementwiseAffine }, node, to) => {
    const pixels = node.step('Transpose', node.inputs, { perm: [0, 2, 3, 1] });
    const vectors = affineOr(node, to, elementwiseAffine, [node.output.at(-1)!]);
    const norm = node.step('LayerNormalization', [pixels, ...vectors], { axis: -1, epsilon: { float: eps } });
    node.result('Transpose', [norm], { perm: [0, 3, 1, 2] });
  }),
  mapping(layerNormLayer, ({ eps, elementwiseAffine }, node, to) => {
    const vectors = affineOr(node, to, elementwiseAffine, channelsFirst(node.output));
    node.result('LayerNormalization', [node.inputs[0]!, ...vectors], { axis: 1, epsilon: { float: eps } });
  }),
  mapping(localResponseNormLayer, ({ size, alpha, beta, k }, node) => {
    // PyTorch has the one channel more of an even size before, ONNX behind.
    if (size % 2 === 0)
      refuse(`localResponseNorm of size ${size} cannot be exported: in ONNX an even size means another range`);
    node.result('LRN', node.inputs, { size, alpha: { float: alpha }, beta: { float: beta }, bias: { float: k } });
  }),
  mapping(rmsNorm2dLayer, (o, node, to) => rmsNorm(o, [1], perChannel(node), node, to)),
  mapping(rmsNormLayer, (o, node, to) => {
    const axes = node.output.map((_, i) => i + 1);
    rmsNorm(o, axes, channelsFirst(node.output), node, to);
  }),
];
