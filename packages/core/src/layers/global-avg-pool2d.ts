import { averagePoolBackward, averagePoolForward, type PoolGeometry } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import type { Shape } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';
import { mapShape } from './options.ts';

const options = z.strictObject({});

function geometry(input: Shape | undefined): PoolGeometry {
  const [height, width, channels] = mapShape('globalAvgPool2d', input);
  return { height, width, channels, kernelSize: [height, width], stride: 1, padding: 0 };
}

/** The mean over all pixels: [height, width, channels] → [channels]. `AdaptiveAvgPool2d(1)` and `flatten` of PyTorch. */
export const globalAvgPool2d = (): LayerCall => ({ op: 'globalAvgPool2d', options: {} });

export const globalAvgPool2dLayer: Layer<z.output<typeof options>, undefined> = {
  ...plain,
  op: 'globalAvgPool2d',
  options,
  outputShape: (_, [input]) => [mapShape('globalAvgPool2d', input)[2]],
  program: ({ kernels, inputs, x, y, dy, dx: [dx] }) => {
    const window = geometry(inputs[0]);
    return {
      forward: [
        { kind: 'each', run: (shard) => averagePoolForward(kernels, window, x(shard), y(shard), shard.images) },
      ],
      backward: dx
        ? [{ kind: 'each', run: (shard) => averagePoolBackward(kernels, window, dy(shard), dx(shard), shard.images) }]
        : [],
    };
  },
};
