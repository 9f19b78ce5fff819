import { averagePoolBackward, averagePoolForward } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import type { Shape } from '../graph/graph.ts';
import { mapShape } from './options.ts';
import { adaptiveGeometry } from './pool-options.ts';
import { resamplingLayer } from './resampling.ts';

/** The mean over all pixels: [height, width, channels] → [channels]. `AdaptiveAvgPool2d(1)` and `flatten` of PyTorch. */
export const globalAvgPool2d = (): LayerCall => ({ op: 'globalAvgPool2d', options: {} });

export const globalAvgPool2dLayer = {
  ...resamplingLayer({
    op: 'globalAvgPool2d',
    options: z.strictObject({}),
    keeps: false,
    geometry: (op, _, input) => adaptiveGeometry(op, { outputSize: [1, 1] }, input),
    forward: (k, g, x, y, images) => averagePoolForward(k, g, x, y, images),
    backward: (k, g, { dy, dx }, images) => averagePoolBackward(k, g, dy, dx, images),
  }),
  outputShape: (_: unknown, [input]: readonly Shape[]) => [mapShape('globalAvgPool2d', input)[2]],
};
