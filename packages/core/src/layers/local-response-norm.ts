import {
  type LocalResponseNormSize,
  localResponseNormBackward,
  localResponseNormForward,
  localResponseNormScratchFloats,
} from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { type Layer, plain, type Shard } from './layer.ts';
import { mapShape } from './options.ts';

const options = z.strictObject({
  size: z.int().min(1),
  alpha: z.number().min(0).default(1e-4),
  beta: z.number().min(0).default(0.75),
  /** From the smallest normal float32. */
  k: z
    .number()
    .min(2 ** -126)
    .default(1),
});
type Options = z.output<typeof options>;

interface Memory {
  readonly scratch: number;
}

/**
 * y = x/(k + alpha/size·Σ x²)^beta, the sum over `size` channels around each at the same pixel; options are those of
 * `torch.nn.LocalResponseNorm`. AlexNet (Krizhevsky et al. 2012) has size 5, beta 0.75, k 2, and 1e-4 in the place of alpha/size:
 * alpha 5e-4.
 */
export const localResponseNorm = (call: z.input<typeof options>): LayerCall => ({
  op: 'localResponseNorm',
  options: call,
});

export const localResponseNormLayer: Layer<Options, Memory> = {
  ...plain,
  op: 'localResponseNorm',
  options,
  keeps: { inputs: true, output: false },
  inPlace: { forward: false, backward: true },
  outputShape: (_, [input]) => mapShape('localResponseNorm', input),
  allocate: ({ options: own, output }, { scratch }) => {
    const channels = mapShape('localResponseNorm', output)[2];
    return { scratch: scratch.floats(localResponseNormScratchFloats({ ...own, channels })) };
  },
  program: (context) => {
    const { kernels, memory, output, x, y, dy, dx: [dx] } = context; // biome-ignore format: one line
    const [height, width, channels] = mapShape('localResponseNorm', output);
    const layer = (shard: Shard): LocalResponseNormSize => ({
      ...context.options,
      rows: shard.images * height * width,
      channels,
    });
    return {
      forward: [
        {
          kind: 'each',
          run: (shard) => localResponseNormForward(kernels, x(shard), y(shard), layer(shard), memory.scratch),
        },
      ],
      backward: dx
        ? [
            {
              kind: 'each',
              run: (shard) =>
                localResponseNormBackward(kernels, x(shard), dy(shard), dx(shard), layer(shard), memory.scratch),
            },
          ]
        : [],
    };
  },
};
