import { addLayer } from '../../layers/add.ts';
import { concatLayer } from '../../layers/concat.ts';
import { flattenLayer } from '../../layers/flatten.ts';
import { multiplyLayer } from '../../layers/multiply.ts';
import { activations } from './activations.ts';
import { convolutions } from './convolutions.ts';
import { mapping, type OnnxMapping, plainOperator } from './mapping.ts';
import { norms } from './norms.ts';
import { pools } from './pools.ts';

const structure: readonly OnnxMapping[] = [
  plainOperator(addLayer, 'Add'),
  mapping(concatLayer, (_, node) => node.result('Concat', node.inputs, { axis: 1 })),
  mapping(flattenLayer, (_, node) => node.result('Flatten', node.inputs, { axis: 1 })),
  mapping(multiplyLayer, (_, node, to) => {
    const [x, factor] = node.inputs as [string, string];
    const vector = node.inputShapes[1]!.length === 1 && node.inputShapes[0]!.length === 3;
    const axes = (): string => to.integers(`${node.name}/axes`, [2, 3]);
    node.result('Mul', [x, vector ? node.step('Unsqueeze', [factor, axes()]) : factor]);
  }),
];

/** Every kind of layer as ONNX has it: a new one is an entry in one of these files. */
export const mappings: ReadonlyMap<string, OnnxMapping> = new Map(
  [activations, convolutions, norms, pools, structure].flat().map((entry) => [entry.op, entry]),
);
