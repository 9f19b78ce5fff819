import type { ConvolutionGeometry } from './convolution-geometry.ts';
import { karatsubaApplies } from './karatsuba.ts';
import { winogradApplies } from './winograd.ts';
import { goesByRegisterTile } from './winograd-weight-gradient.ts';

export const convolutionAlgorithms = ['direct', 'winograd', 'karatsuba', 'depthwise'] as const;
export type ConvolutionAlgorithm = (typeof convolutionAlgorithms)[number];

/** What may be asked for: `auto` is what is fastest, another one every convolution to which it applies. */
export const algorithmChoices = ['auto', 'direct', 'winograd'] as const;
export type AlgorithmChoice = (typeof algorithmChoices)[number];

/** How each pass of a convolution is computed. */
export interface ConvolutionAlgorithms {
  readonly forward: ConvolutionAlgorithm;
  readonly inputGradient: ConvolutionAlgorithm;
  readonly weightGradient: ConvolutionAlgorithm;
}

const allPasses = (algorithm: ConvolutionAlgorithm): ConvolutionAlgorithms => ({
  forward: algorithm,
  inputGradient: algorithm,
  weightGradient: algorithm,
});

/** Whether an input gradient can be added to what is there, instead of written over it. */
export const addsInputGradient = ({ inputGradient }: ConvolutionAlgorithms): boolean => inputGradient === 'winograd';

/** What computes any convolution but a depthwise one. */
export const directAlgorithms = allPasses('direct');

/**
 * Which algorithm computes a convolution. It changes the bits: so it is a function of the layer's shape alone, never of
 * the batch, the workers or the machine.
 *
 * Winograd's makes a quarter of the direct one's multiplications, but works on whole tiles of 4×4 pixels, and moves its 36
 * planes through the cache: it wins where the tiles fit the map and there are channels enough. A weight gradient's planes are
 * as many as the weights', for each shard: with many weights, or few pixels, the direct one wins; unless there are so few tiles that their
 * planes go through the caches instead.
 *
 * On maps of 2×2 Karatsuba's algorithm makes 9 of 16 products, but for the weight gradient, whose sums it would turn once a shard.
 *
 * A depthwise convolution has one algorithm, its own.
 */
export function convolutionAlgorithm(
  { shape, depthwise, outputHeight, outputWidth }: ConvolutionGeometry,
  choice: AlgorithmChoice = 'auto',
): ConvolutionAlgorithms {
  if (depthwise) return allPasses('depthwise');
  if (choice === 'direct' || !winogradApplies(shape)) return directAlgorithms;
  if (choice === 'winograd') return allPasses('winograd');
  if (karatsubaApplies(shape) && Math.min(shape.inChannels, shape.outChannels) >= 64)
    return { ...allPasses('karatsuba'), weightGradient: 'direct' };
  const { height, width, inChannels, outChannels } = shape;
  const [usedRows, usedColumns] = [outputHeight, outputWidth].map((size) => size / (Math.ceil(size / 4) * 4)) as [
    number,
    number,
  ];
  if (usedRows * usedColumns < 0.5 || height * width < 16 || inChannels < 16 || outChannels < 16)
    return directAlgorithms;
  const few = !goesByRegisterTile(shape) && (height * width < 49 || inChannels * outChannels > 65536);
  return { ...allPasses('winograd'), weightGradient: few ? 'direct' : 'winograd' };
}
