import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { rowNormLayer, rowNormOptions } from './row-norm.ts';

const options = rowNormOptions(1e-5);

/**
 * y = (x − mean)/√(variance + eps)·weight + bias, with mean and biased variance of all of a sample: `torch.nn.LayerNorm` (Ba,
 * Kiros and Hinton 2016) with the sample's shape as its `normalized_shape`, [channels, height, width] of a map, [features] of a
 * vector. Weight and bias have that shape too, so that the network takes pictures of one size only. In evaluation the same.
 *
 * For the channels of each pixel by themselves there is `layerNorm2d`; for [height, width] of each channel `instanceNorm2d`.
 */
export const layerNorm = (call: z.input<typeof options> = {}): LayerCall => ({ op: 'layerNorm', options: call });

export const layerNormLayer = rowNormLayer('layerNorm', options, { over: 'sample', centred: true });
