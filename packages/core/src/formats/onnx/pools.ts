import type { PoolGeometry } from '@lockstep/kernels';
import { adaptiveAvgPool2dLayer } from '../../layers/adaptive-avg-pool2d.ts';
import { adaptiveMaxPool2dLayer } from '../../layers/adaptive-max-pool2d.ts';
import { avgPool2dLayer } from '../../layers/avg-pool2d.ts';
import { globalAvgPool2dLayer } from '../../layers/global-avg-pool2d.ts';
import type { Windows } from '../../layers/layer.ts';
import { lpPool2dLayer } from '../../layers/lp-pool2d.ts';
import { maxPool2dLayer } from '../../layers/max-pool2d.ts';
import { maxUnpool2dLayer } from '../../layers/max-unpool2d.ts';
import { windowGeometry } from '../../layers/pool-options.ts';
import { upsampleLayer } from '../../layers/upsample.ts';
import { type ExportedNode, mapping, type OnnxMapping, refuse } from './mapping.ts';
import type { Attribute, OnnxWriter } from './writer.ts';

type PoolOptions = Windows & { readonly ceilMode: boolean };
type Side = readonly [before: number, after: number];
type Sides = readonly [rows: Side, columns: Side];

/**
 * The border [before, after] of each axis that gives our number of windows: with `ceilMode` it is larger at the end, so that
 * ONNX's own `ceil_mode`, of which there are two readings, is not needed.
 */
function borders(g: PoolGeometry, o: PoolOptions): Sides {
  const { kernelSize, stride = kernelSize, padding = [0, 0], dilation = [1, 1] } = o;
  const side = (i: 0 | 1): Side => {
    const [size, count] = i === 0 ? [g.height, g.outputHeight] : [g.width, g.outputWidth];
    const reach = (count - 1) * stride[i] + dilation[i] * (kernelSize[i] - 1) + 1 - size - padding[i];
    return [padding[i], o.ceilMode ? Math.max(0, reach) : padding[i]];
  };
  return [side(0), side(1)];
}

/** As ONNX has them: all before, then all after. */
const pads = ([rows, columns]: Sides): [number, number, number, number] => [rows[0], columns[0], rows[1], columns[1]];

const windows = ({ kernelSize, stride = kernelSize }: Windows): Record<string, Attribute> => ({
  kernel_shape: kernelSize,
  strides: stride,
});

function maxPool(o: PoolOptions, shape: ExportedNode['output']): Record<string, Attribute> {
  const sides = borders(windowGeometry('maxPool2d', o, shape), o);
  return { ...windows(o), dilations: o.dilation ?? [1, 1], pads: pads(sides) };
}

/**
 * A mean of windows. Where the padding counts and `ceilMode` lets windows reach beyond it, which does not, the padding is put
 * around the map before.
 */
function avgPool(
  o: PoolOptions & { readonly countIncludePad: boolean; readonly divisorOverride?: number | undefined },
  node: ExportedNode,
  to: OnnxWriter,
): void {
  const sides = borders(windowGeometry('avgPool2d', o, node.inputShapes[0]), o);
  const { kernelSize, padding = [0, 0], divisorOverride } = o;
  const attributes = windows(o);
  if (divisorOverride !== undefined) {
    const mean = node.step('AveragePool', node.inputs, { ...attributes, pads: pads(sides), count_include_pad: 1 });
    const factor = to.scalar(`${node.name}/factor`, (kernelSize[0] * kernelSize[1]) / divisorOverride);
    node.result('Mul', [mean, factor]);
  } else if (o.countIncludePad && o.ceilMode && padding.some((size) => size > 0)) {
    // A border of the padding on all sides, less what no window of ours reaches; and what they reach beyond it.
    const within = (i: 0 | 1): Side => [sides[i][0], Math.min(sides[i][1], padding[i])];
    const inner: Sides = [within(0), within(1)];
    const beyond: Sides = [[0, sides[0][1] - inner[0][1]], [0, sides[1][1] - inner[1][1]]]; // biome-ignore format: one line
    const [top, left, bottom, right] = pads(inner);
    const widths = to.integers(`${node.name}/pads`, [0, 0, top, left, 0, 0, bottom, right]);
    const padded = node.step('Pad', [node.inputs[0]!, widths]);
    node.result('AveragePool', [padded], { ...attributes, pads: pads(beyond) });
  } else {
    // What is beyond the map does not count, or else is nothing but the padding.
    const count = o.countIncludePad && !o.ceilMode ? 1 : 0;
    node.result('AveragePool', node.inputs, { ...attributes, pads: pads(sides), count_include_pad: count });
  }
}

/** The windows of an adaptive pooling where they are all alike. */
function evenWindows([height, width]: ExportedNode['output'], [rows, columns]: readonly [number, number]) {
  if (height! % rows !== 0 || width! % columns !== 0) return undefined;
  return windows({ kernelSize: [height! / rows, width! / columns] });
}

/** float32 [to][from]: the mean of each window of an adaptive pooling along one axis, as a matrix. */
function windowMeans(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const begin = Math.floor((i * from) / to);
    const end = Math.ceil(((i + 1) * from) / to);
    matrix.fill(1 / (end - begin), i * from + begin, i * from + end);
  }
  return matrix;
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}

export const pools: readonly OnnxMapping[] = [
  mapping(adaptiveAvgPool2dLayer, ({ outputSize }, node, to) => {
    const [height, width] = node.inputShapes[0] as [number, number, number];
    const even = evenWindows([height, width], outputSize);
    if (even) return node.result('AveragePool', node.inputs, even);
    // Windows of several sizes: means along the columns, then along the rows.
    const [rows, columns] = outputSize;
    const right = to.floats(`${node.name}/columns`, [width, columns], transposed(windowMeans(width, columns), columns, width)); // biome-ignore format: one line
    const left = to.floats(`${node.name}/rows`, [rows, height], windowMeans(height, rows));
    node.result('MatMul', [left, node.step('MatMul', [node.inputs[0]!, right])]);
  }),
  mapping(adaptiveMaxPool2dLayer, ({ outputSize }, node) => {
    const even = evenWindows(node.inputShapes[0]!, outputSize);
    if (!even) {
      refuse(
        `adaptiveMaxPool2d to ${outputSize.join('x')} from ${node.inputShapes[0]!.join('x')} cannot be exported: ONNX has windows of one size only`,
      );
    }
    node.result('MaxPool', node.inputs, even);
  }),
  mapping(avgPool2dLayer, avgPool),
  mapping(globalAvgPool2dLayer, (_, node) => {
    node.result('Flatten', [node.step('GlobalAveragePool', node.inputs)], { axis: 1 });
  }),
  mapping(lpPool2dLayer, (o, node, to) => {
    const sides = borders(windowGeometry('lpPool2d', o, node.inputShapes[0]), o);
    if (o.ceilMode) {
      // PyTorch scales up the sum of a window that reaches over the edge, as it comes of a mean.
      const [x] = node.inputs as [string];
      const mean = node.step('AveragePool', [node.step('Mul', [x, x])], { ...windows(o), pads: pads(sides) });
      const area = to.scalar(`${node.name}/area`, o.kernelSize[0] * o.kernelSize[1]);
      node.result('Sqrt', [node.step('Mul', [mean, area])]);
    } else node.result('LpPool', node.inputs, { ...windows(o), p: o.normType });
  }),
  mapping(maxPool2dLayer, (o, node) => node.result('MaxPool', node.inputs, maxPool(o, node.inputShapes[0]!))),
  mapping(maxUnpool2dLayer, (o, node, to) => {
    const [x, pooled] = node.inputs as [string, string];
    const indices = `${node.name}/indices`;
    to.node('MaxPool', [pooled], [`${node.name}/maxima`, indices], maxPool(o, node.inputShapes[1]!));
    // The output's shape is given; these windows, from which a runtime would guess it, are the smallest there are.
    node.result('MaxUnpool', [x, indices, node.step('Shape', [pooled])], windows({ kernelSize: [1, 1] }));
  }),
  mapping(upsampleLayer, ({ size, scaleFactor, mode, alignCorners }, node, to) => {
    const [x] = node.inputs as [string];
    const attributes = {
      mode: mode === 'nearest' ? 'nearest' : 'linear',
      coordinate_transformation_mode: mode === 'nearest' ? 'asymmetric' : alignCorners ? 'align_corners' : 'half_pixel',
      nearest_mode: 'floor',
    };
    if (scaleFactor) {
      const scales = to.floats(`${node.name}/scales`, [4], Float32Array.of(1, 1, ...scaleFactor));
      return node.result('Resize', [x, '', scales], attributes);
    }
    // The size of the batch is not known here.
    const batch = node.step('Shape', [x], { start: 0, end: 1 });
    const rest = to.integers(`${node.name}/size`, [node.output.at(-1)!, ...size!]);
    node.result('Resize', [x, '', '', node.step('Concat', [batch, rest], { axis: 0 })], attributes);
  }),
];
