import { add as addKernel } from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { elements, shapeText } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';

const options = z.strictObject({});

/** The sum of two tensors of one shape: a residual connection. */
export const add = (): LayerCall => ({ op: 'add', options: {} });

export const addLayer: Layer<z.output<typeof options>, undefined> = {
  ...plain,
  op: 'add',
  options,
  arity: 2,
  inPlace: { forward: true, backward: true },
  outputShape: (_, [left, right]) => {
    if (left && right && shapeText(left) === shapeText(right)) return left;
    throw new CoreError(
      'GRAPH_SHAPE',
      `add expects two inputs of one shape, got ${shapeText(left ?? [])} and ${shapeText(right ?? [])}`,
    );
  },
  program: ({ kernels, output, x, y, dy, dx }) => {
    const size = elements(output);
    const copy = (from: number, to: number, floats: number): void => {
      if (from !== to) kernels.f32.copyWithin(to / 4, from / 4, from / 4 + floats);
    };
    return {
      forward: [
        {
          kind: 'each',
          run: (shard) => {
            copy(x(shard, 0), y(shard), shard.images * size);
            addKernel(kernels, y(shard), x(shard, 1), shard.images * size);
          },
        },
      ],
      backward: dx.flatMap((target) =>
        target ? [{ kind: 'each' as const, run: (shard) => copy(dy(shard), target(shard), shard.images * size) }] : [],
      ),
    };
  },
};
