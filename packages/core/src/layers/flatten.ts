import { transposePlanes } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import type { Shape } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';
import { mapShape } from './options.ts';

const options = z.strictObject({});

/** A sequence is a map of one row. */
function planes(input: Shape | undefined): { readonly pixels: number; readonly channels: number } {
  const [height, width, channels] = mapShape('flatten', input?.length === 2 ? [1, ...input] : input);
  return { pixels: height * width, channels };
}

/**
 * [height, width, channels] → [channels·height·width], or [length, channels] → [channels·length], in PyTorch's order: channel by channel, so that the weights of a
 * linear layer behind it mean the same there and here.
 */
export const flatten = (): LayerCall => ({ op: 'flatten', options: {} });

export const flattenLayer: Layer<z.output<typeof options>, undefined> = {
  ...plain,
  op: 'flatten',
  options,
  outputShape: (_, [input]) => {
    const { pixels, channels } = planes(input);
    return [pixels * channels];
  },
  program: ({ kernels, inputs, x, y, dy, dx: [dx] }) => {
    const { pixels, channels } = planes(inputs[0]);
    return {
      forward: [
        { kind: 'each', run: (shard) => transposePlanes(kernels, x(shard), y(shard), shard.images, pixels, channels) },
      ],
      backward: dx
        ? [
            {
              kind: 'each',
              run: (shard) => transposePlanes(kernels, dy(shard), dx(shard), shard.images, channels, pixels),
            },
          ]
        : [],
    };
  },
};
