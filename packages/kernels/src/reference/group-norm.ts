import {
  type Normalisation,
  type NormGradients,
  normalisation,
  normalisationBackward,
  type Segments,
} from './segments.ts';

// x, y, dy, dx [images][pixels][channels]; weight, bias and their gradients [channels]; mean and inverse [images][groups].

interface Size {
  readonly images: number;
  readonly pixels: number;
  readonly channels: number;
  readonly groups: number;
}

/** An image's groups of neighbouring channels. */
const groupsOf = ({ images, pixels, channels, groups }: Size): Segments => ({
  count: images * groups,
  of: (i) => Math.floor(i / (pixels * channels)) * groups + Math.floor((i % channels) / (channels / groups)),
});

/** y = (x − mean)·inverse·weight + bias, with inverse = 1/√(variance + eps) and the biased variance */
export function groupNormForward(
  x: ArrayLike<number>,
  size: Size,
  eps: number,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
): Normalisation & { y: number[] } {
  const { mean, inverse, normalised } = normalisation(x, groupsOf(size), eps, true);
  const y = normalised.map((value, i) => value * weight[i % size.channels]! + bias[i % size.channels]!);
  return { y, mean, inverse };
}

/** With x̂ = (x − mean)·inverse and g = dy·weight: dx = inverse·(g − mean(g) − x̂·mean(g·x̂)); dweight = Σ dy·x̂; dbias = Σ dy. */
export function groupNormBackward(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  size: Size,
  eps: number,
  weight: ArrayLike<number>,
): NormGradients {
  return normalisationBackward(x, dy, groupsOf(size), eps, true, weight);
}
