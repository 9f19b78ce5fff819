import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { rowNormLayer, rowNormOptions } from './row-norm.ts';

const options = rowNormOptions(2 ** -23);

/**
 * y = x/√(mean(x²) + eps)·weight, with the mean over all of a sample: `torch.nn.RMSNorm` (Zhang and Sennrich 2019) with the
 * sample's shape as its `normalized_shape`. There is no bias, and no mean is taken away. As there, eps is float32's by default.
 *
 * For the channels of each pixel by themselves there is `rmsNorm2d`.
 */
export const rmsNorm = (call: z.input<typeof options> = {}): LayerCall => ({ op: 'rmsNorm', options: call });

export const rmsNormLayer = rowNormLayer('rmsNorm', options, { over: 'sample', centred: false });
