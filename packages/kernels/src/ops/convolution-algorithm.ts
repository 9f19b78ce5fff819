import type { ConvolutionShape } from './convolution-geometry.ts';
import { outputSize } from './pool.ts';
import { winogradApplies } from './winograd.ts';

export const convolutionAlgorithms = ['direct', 'winograd'] as const;
export type ConvolutionAlgorithm = (typeof convolutionAlgorithms)[number];

/** How each pass of a convolution is computed. */
export interface ConvolutionAlgorithms {
  readonly forward: ConvolutionAlgorithm;
  readonly inputGradient: ConvolutionAlgorithm;
  readonly weightGradient: ConvolutionAlgorithm;
}

/** No pass by Winograd's algorithm. */
export const directAlgorithms: ConvolutionAlgorithms = {
  forward: 'direct',
  inputGradient: 'direct',
  weightGradient: 'direct',
};

/**
 * Which algorithm computes a convolution. It changes the bits: so it is a function of the layer's shape alone, never of
 * the batch, the workers or the machine.
 *
 * Winograd's makes a quarter of the direct one's multiplications, but works on whole tiles of 4×4 pixels, and moves its 36
 * planes through the cache: it wins where the tiles fit the map and there are channels enough, but not so many that
 * transforming the weights, which is done once a step whatever the batch, outweighs the few pixels of a small map.
 */
export function convolutionAlgorithm(shape: ConvolutionShape): ConvolutionAlgorithms {
  if (!winogradApplies(shape)) return directAlgorithms;
  const { height, width, inChannels, outChannels, kernelSize, padding } = shape;
  const used = [height, width].map((size, axis) => {
    const output = outputSize(size, kernelSize[axis]!, 1, padding[axis]!);
    return output / (Math.ceil(output / 4) * 4);
  });
  const fits = used[0]! * used[1]! >= 0.5;
  if (!fits || inChannels < 16 || outChannels < 16 || height * width < 49 || inChannels * outChannels > 65536)
    return directAlgorithms;
  return { forward: 'winograd', inputGradient: 'winograd', weightGradient: 'winograd' };
}
