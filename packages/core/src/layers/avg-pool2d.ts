import { averagePoolBackward, averagePoolForward } from '@lockstep/kernels';
import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { type Layer, plain } from './layer.ts';
import { poolGeometry, poolOptions, poolShape } from './pool-options.ts';

type Options = z.output<typeof poolOptions>;

/** The mean of each window, the padding counted as zeros. Options are those of `torch.nn.AvgPool2d`. */
export const avgPool2d = (call: z.input<typeof poolOptions>): LayerCall => ({ op: 'avgPool2d', options: call });

export const avgPool2dLayer: Layer<Options, undefined> = {
  ...plain,
  op: 'avgPool2d',
  options: poolOptions,
  outputShape: (o, [input]) => poolShape('avgPool2d', o, input),
  program: ({ kernels, options, inputs, x, y, dy, dx: [dx] }) => {
    const geometry = poolGeometry('avgPool2d', options, inputs[0]);
    return {
      forward: [
        { kind: 'each', run: (shard) => averagePoolForward(kernels, geometry, x(shard), y(shard), shard.images) },
      ],
      backward: dx
        ? [{ kind: 'each', run: (shard) => averagePoolBackward(kernels, geometry, dy(shard), dx(shard), shard.images) }]
        : [],
    };
  },
};
