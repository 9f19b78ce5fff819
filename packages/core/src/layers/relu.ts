import { reluBackward, reluForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { elements } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';

const options = z.strictObject({});

/** max(x, 0), of any shape. */
export const relu = (): LayerCall => ({ op: 'relu', options: {} });

export const reluLayer: Layer<z.output<typeof options>, undefined> = {
  ...plain,
  op: 'relu',
  options,
  keeps: { inputs: false, output: true },
  inPlace: { forward: true, backward: true },
  outputShape: (_, inputs) => inputs[0]!,
  program: ({ kernels, output, x, y, dy, dx: [dx] }) => {
    const size = elements(output);
    return {
      forward: [{ kind: 'each', run: (shard) => reluForward(kernels, x(shard), y(shard), shard.images * size) }],
      backward: dx
        ? [{ kind: 'each', run: (shard) => reluBackward(kernels, y(shard), dy(shard), dx(shard), shard.images * size) }]
        : [],
    };
  },
};
