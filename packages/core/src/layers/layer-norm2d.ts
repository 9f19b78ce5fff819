import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { rowNormLayer, rowNormOptions } from './row-norm.ts';

const options = rowNormOptions(1e-5);

/**
 * `layerNorm` over the channels of each pixel of a map, with a weight and a bias a channel: torchvision's `LayerNorm2d`, as in
 * ConvNeXt (Liu et al. 2022), where eps is 1e-6.
 */
export const layerNorm2d = (call: z.input<typeof options> = {}): LayerCall => ({ op: 'layerNorm2d', options: call });

export const layerNorm2dLayer = rowNormLayer('layerNorm2d', options, { over: 'channels', centred: true });
