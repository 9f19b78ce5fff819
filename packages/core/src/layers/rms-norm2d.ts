import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { rowNormLayer, rowNormOptions } from './row-norm.ts';

const options = rowNormOptions(2 ** -23);

/** `rmsNorm` over the channels of each pixel of a map, with a weight a channel: to it what `layerNorm2d` is to `layerNorm`. */
export const rmsNorm2d = (call: z.input<typeof options> = {}): LayerCall => ({ op: 'rmsNorm2d', options: call });

export const rmsNorm2dLayer = rowNormLayer('rmsNorm2d', options, { over: 'channels', centred: false });
