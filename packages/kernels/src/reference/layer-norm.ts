import {
  type Normalisation,
  type NormGradients,
  normalisation,
  normalisationBackward,
  type Segments,
} from './segments.ts';

// x, y, dy, dx [rows][length]; weight, bias and their gradients [length]; mean and inverse [rows].

const rowsOf = (x: ArrayLike<number>, length: number): Segments => ({
  count: x.length / length,
  of: (i) => Math.floor(i / length),
});

/** y = (x − mean)·inverse·weight + bias, with inverse = 1/√(mean((x − mean)²) + eps); the mean is 0 unless centred */
export function layerNormForward(
  x: ArrayLike<number>,
  centred: boolean,
  eps: number,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
): Normalisation & { y: number[] } {
  const { length } = weight;
  const { mean, inverse, normalised } = normalisation(x, rowsOf(x, length), eps, centred);
  return { y: normalised.map((value, i) => value * weight[i % length]! + bias[i % length]!), mean, inverse };
}

/**
 * With x̂ = (x − mean)·inverse and g = dy·weight: dx = inverse·(g − mean(g) − x̂·mean(g·x̂)), without mean(g) unless centred;
 * dweight = Σ dy·x̂; dbias = Σ dy.
 */
export function layerNormBackward(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  centred: boolean,
  eps: number,
  weight: ArrayLike<number>,
): NormGradients {
  return normalisationBackward(x, dy, rowsOf(x, weight.length), eps, centred, weight);
}
