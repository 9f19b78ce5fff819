/** Which values share a mean and a variance: those of the same segment, of 0 … count − 1. */
export interface Segments {
  readonly count: number;
  readonly of: (index: number) => number;
}

/** The mean of a term over each segment. */
export function meanOfSegments({ count, of }: Segments, length: number, term: (index: number) => number): number[] {
  const [sums, sizes] = [new Array<number>(count).fill(0), new Array<number>(count).fill(0)];
  for (let i = 0; i < length; i++) {
    sums[of(i)]! += term(i);
    sizes[of(i)]!++;
  }
  return sums.map((sum, segment) => sum / sizes[segment]!);
}

/** Each segment's mean, and 1/√(mean((x − mean)²) + eps). */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly inverse: readonly number[];
}

/** The mean is taken to be 0 unless `centred`. */
export function normalisation(
  x: ArrayLike<number>,
  segments: Segments,
  eps: number,
  centred: boolean,
): Normalisation & { readonly normalised: readonly number[] } {
  const { of } = segments;
  const mean = centred ? meanOfSegments(segments, x.length, (i) => x[i]!) : new Array<number>(segments.count).fill(0);
  const variance = meanOfSegments(segments, x.length, (i) => (x[i]! - mean[of(i)]!) ** 2);
  const inverse = variance.map((value) => 1 / Math.sqrt(value + eps));
  return { mean, inverse, normalised: Array.from(x, (value, i) => (value - mean[of(i)]!) * inverse[of(i)]!) };
}

/** dx, dweight and dbias of y = x̂·weight + bias; element i has the weight i % weight.length. */
export interface NormGradients {
  readonly dx: number[];
  readonly dweight: number[];
  readonly dbias: number[];
}

/**
 * With g = dy·weight: dx = inverse·(g − mean(g) − x̂·mean(g·x̂)), the means over the segment, without mean(g) unless `centred`;
 * dweight = Σ dy·x̂ and dbias = Σ dy over the elements that have them.
 */
export function normalisationBackward(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  segments: Segments,
  eps: number,
  centred: boolean,
  weight: ArrayLike<number>,
): NormGradients {
  const { of } = segments;
  const { inverse, normalised } = normalisation(x, segments, eps, centred);
  const [dweight, dbias] = [new Array<number>(weight.length).fill(0), new Array<number>(weight.length).fill(0)];
  normalised.forEach((value, i) => {
    dweight[i % weight.length]! += dy[i]! * value;
    dbias[i % weight.length]! += dy[i]!;
  });
  const g = Array.from(dy, (gradient, i) => gradient * weight[i % weight.length]!);
  const mean = meanOfSegments(segments, g.length, (i) => (centred ? g[i]! : 0));
  const product = meanOfSegments(segments, g.length, (i) => g[i]! * normalised[i]!);
  const dx = g.map((own, i) => inverse[of(i)]! * (own - mean[of(i)]! - normalised[i]! * product[of(i)]!));
  return { dx, dweight, dbias };
}
