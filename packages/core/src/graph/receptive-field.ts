import type { Shape } from './graph.ts';
import type { ResolvedGraph, ResolvedNode } from './resolve.ts';

/** How much of the picture a pixel of a map depends on; `all` where it is the whole, however large. */
export type ReceptiveField = readonly [height: number, width: number] | 'all';

/** Along one axis: what a pixel sees, and how far apart two neighbours' fields are, in pixels of the picture. */
interface Axis {
  readonly field: number;
  readonly step: number;
}
type Field = readonly [Axis, Axis] | 'all';

/**
 * The receptive field of each tensor: 1×1 of the picture itself, kernel − 1 steps more behind each convolution and pooling (of
 * its dilated size), the larger where branches meet. Padding does not count: at the border a field reaches beyond the picture.
 * After global pooling, a linear layer or squeeze-and-excitation it is all.
 */
export function receptiveFields({ graph, nodes }: ResolvedGraph): ReadonlyMap<string, ReceptiveField> {
  const fields = new Map<string, Field>();
  const pixel: Axis = { field: 1, step: 1 };
  for (const { name, shape } of graph.inputs) fields.set(name, shape.length === 3 ? [pixel, pixel] : 'all');
  for (const node of nodes)
    fields.set(
      node.name,
      fieldOf(
        node,
        node.inputNames.map((name) => fields.get(name)!),
      ),
    );
  return new Map(
    [...fields].map(([name, field]) => [name, field === 'all' ? 'all' : [field[0].field, field[1].field]]),
  );
}

function fieldOf(node: ResolvedNode, inputs: readonly Field[]): Field {
  const { layer, options, output } = node;
  if (output.length !== 3 || inputs.includes('all')) return 'all';
  const axes = inputs as readonly (readonly [Axis, Axis])[];
  const windows = layer.windows?.(options);
  const along = (axis: 0 | 1): Axis | undefined => {
    const before = axes.map((field) => field[axis]);
    const widest = before.reduce((most, next) => (next.field > most.field ? next : most));
    if (windows) {
      const { kernelSize, stride = kernelSize, dilation = [1, 1] } = windows;
      return {
        field: widest.field + dilation[axis] * (kernelSize[axis] - 1) * widest.step,
        step: widest.step * stride[axis],
      };
    }
    return resized(node, axis, widest);
  };
  const [vertical, horizontal] = [along(0), along(1)];
  return vertical && horizontal ? [vertical, horizontal] : 'all';
}

/** Layers without windows: of the same size, larger (each pixel sees `reach` of the smaller map), or pooled to a size. */
function resized(
  { layer, options, inputs, output }: ResolvedNode,
  axis: 0 | 1,
  { field, step }: Axis,
): Axis | undefined {
  const [size, before] = [output[axis]!, (inputs[0] as Shape)[axis]!];
  if (size === before && !layer.reach) return { field, step };
  if (size < before) return undefined;
  const reach = layer.reach?.(options)[axis] ?? 1;
  return { field: field + (reach - 1) * step, step: (step * before) / size };
}
