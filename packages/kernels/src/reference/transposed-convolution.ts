// `s` is the convolution that is transposed: x is shaped like its output, y like its input, weight and bias [inChannels] are its own.
import type { ConvolutionShape } from '../ops/convolution-geometry.ts';
import { addBias } from './add-bias.ts';
import { convolutionForward, convolutionInputGradient, convolutionWeightGradient } from './convolution.ts';

/** y = bias + Σ x·weight, over the y that each x would be computed from. */
export function transposedConvolutionForward(
  s: ConvolutionShape,
  images: number,
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
): number[] {
  return addBias(convolutionInputGradient(s, images, x, weight), bias);
}

/** ∂L/∂x = Σ weight·∂L/∂y: the convolution itself. */
export function transposedConvolutionInputGradient(
  s: ConvolutionShape,
  images: number,
  dy: ArrayLike<number>,
  weight: ArrayLike<number>,
): number[] {
  return convolutionForward(s, images, dy, weight);
}

/** ∂L/∂weight = Σ x·∂L/∂y. */
export function transposedConvolutionWeightGradient(
  s: ConvolutionShape,
  images: number,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): number[] {
  return convolutionWeightGradient(s, images, dy, x);
}
