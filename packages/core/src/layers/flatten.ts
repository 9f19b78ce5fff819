import { transposePlanes } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { type Layer, plain } from './layer.ts';
import { mapShape } from './options.ts';

const options = z.strictObject({});

/**
 * [height, width, channels] → [channels·height·width], in PyTorch's order: channel by channel, so that the weights of a
 * linear layer behind it mean the same there and here.
 */
export const flatten = (): LayerCall => ({ op: 'flatten', options: {} });

export const flattenLayer: Layer<z.output<typeof options>, undefined> = {
  ...plain,
  op: 'flatten',
  options,
  outputShape: (_, [input]) => {
    const [height, width, channels] = mapShape('flatten', input);
    return [height * width * channels];
  },
  program: ({ kernels, inputs, x, y, dy, dx: [dx] }) => {
    const [height, width, channels] = mapShape('flatten', inputs[0]);
    const pixels = height * width;
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
