import { maxPoolBackward, maxPoolForward } from '@lockstep/kernels';
import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { type Layer, plain } from './layer.ts';
import { poolGeometry, poolOptions, poolShape } from './pool-options.ts';

type Options = z.output<typeof poolOptions>;

/**
 * The maximum of each window; the padding does not take part. Options are those of `torch.nn.MaxPool2d`, with a square
 * window whose stride defaults to its size.
 */
export const maxPool2d = (call: z.input<typeof poolOptions>): LayerCall => ({ op: 'maxPool2d', options: call });

export const maxPool2dLayer: Layer<Options, undefined> = {
  ...plain,
  op: 'maxPool2d',
  options: poolOptions,
  keeps: { inputs: true, output: true },
  outputShape: (o, [input]) => poolShape('maxPool2d', o, input),
  program: ({ kernels, options, inputs, x, y, dy, dx: [dx] }) => {
    const geometry = poolGeometry('maxPool2d', options, inputs[0]);
    return {
      forward: [{ kind: 'each', run: (shard) => maxPoolForward(kernels, geometry, x(shard), y(shard), shard.images) }],
      backward: dx
        ? [
            {
              kind: 'each',
              run: (shard) =>
                maxPoolBackward(kernels, geometry, x(shard), y(shard), dy(shard), dx(shard), shard.images),
            },
          ]
        : [],
    };
  },
};
