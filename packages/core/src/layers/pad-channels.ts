import { copyColumns } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { type Layer, plain } from './layer.ts';
import { mapShape } from './options.ts';

const options = z.strictObject({ before: z.int().min(0).default(0), after: z.int().min(0).default(0) });

/**
 * Channels of zeros before and after a map's own: [height, width, channels] → [height, width, before + channels + after]. PyTorch's
 * `pad(x, (0, 0, 0, 0, before, after))`; what a ResNet's shortcut of kind A makes its channels more by (He et al. 2015, section 3.3).
 */
export const padChannels = (call: z.input<typeof options>): LayerCall => ({ op: 'padChannels', options: call });

export const padChannelsLayer: Layer<z.output<typeof options>, undefined> = {
  ...plain,
  op: 'padChannels',
  options,
  outputShape: ({ before, after }, [input]) => {
    const [height, width, channels] = mapShape('padChannels', input);
    return [height, width, before + channels + after];
  },
  program: ({ kernels, options: { before }, inputs, output, x, y, dy, dx: [dx] }) => {
    const [height, width, channels] = mapShape('padChannels', inputs[0]);
    const all = output[2]!;
    const pixels = height * width;
    return {
      forward: [
        {
          kind: 'each',
          run: (shard) => {
            const rows = shard.images * pixels;
            kernels.f32.fill(0, y(shard) / 4, y(shard) / 4 + rows * all);
            copyColumns(kernels, x(shard), channels, y(shard) + before * 4, all, rows, channels);
          },
        },
      ],
      backward: dx
        ? [
            {
              kind: 'each',
              run: (shard) =>
                copyColumns(kernels, dy(shard) + before * 4, all, dx(shard), channels, shard.images * pixels, channels),
            },
          ]
        : [],
    };
  },
};
