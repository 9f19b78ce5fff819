// x, y, dy, dx [pixels][channels]; mean, m2, variance, inverse, weight, bias and their gradients [channels].

/** One shard's, or the whole batch's, mean and sum of squared deviations of each channel. */
export interface Statistics {
  readonly count: number;
  readonly mean: readonly number[];
  readonly m2: readonly number[];
}

const perChannel = (channels: number, value: (channel: number) => number): number[] =>
  Array.from({ length: channels }, (_, c) => value(c));

/** Σ term(i) over the indices i of one channel. */
function channelSum(length: number, channels: number, channel: number, term: (index: number) => number): number {
  let sum = 0;
  for (let i = channel; i < length; i += channels) sum += term(i);
  return sum;
}

/** mean = Σ x / n, m2 = Σ (x − mean)²; zeros for no pixels. */
export function batchNormStatistics(x: ArrayLike<number>, channels: number): Statistics {
  const count = x.length / channels;
  const mean = perChannel(channels, (c) => (count ? channelSum(x.length, channels, c, (i) => x[i]!) / count : 0));
  const m2 = perChannel(channels, (c) => channelSum(x.length, channels, c, (i) => (x[i]! - mean[c]!) ** 2));
  return { count, mean, m2 };
}

/** The statistics of all shards together: mean = Σ nᵢ·meanᵢ / n, m2 = Σ m2ᵢ + nᵢ·(meanᵢ − mean)². */
export function batchNormCombine(shards: readonly Statistics[], channels: number): Statistics {
  const total = (term: (shard: Statistics) => number) => shards.reduce((sum, shard) => sum + term(shard), 0);
  const count = total((shard) => shard.count);
  const mean = perChannel(channels, (c) => (count ? total((s) => s.count * s.mean[c]!) / count : 0));
  const m2 = perChannel(channels, (c) => total((s) => s.m2[c]! + s.count * (s.mean[c]! - mean[c]!) ** 2));
  return { count, mean, m2 };
}

/** 1/√(m2/n + eps), and r' = (1 − momentum)·r + momentum·(mean, m2/(n − 1)). */
export function batchNormFinish(
  { count, mean, m2 }: Statistics,
  eps: number,
  momentum: number,
  runningMean: ArrayLike<number>,
  runningVariance: ArrayLike<number>,
): { inverse: number[]; nextMean: number[]; nextVariance: number[] } {
  const next = (running: number, batch: number) => (1 - momentum) * running + momentum * batch;
  return {
    inverse: batchNormInverse(
      m2.map((sum) => sum / count),
      eps,
    ),
    nextMean: mean.map((value, c) => next(runningMean[c]!, value)),
    nextVariance: m2.map((sum, c) => next(runningVariance[c]!, sum / (count - 1))),
  };
}

/** 1/√(variance + eps) */
export function batchNormInverse(variance: ArrayLike<number>, eps: number): number[] {
  return Array.from(variance, (value) => 1 / Math.sqrt(value + eps));
}

/** y = (x − mean)·inverse·weight + bias */
export function batchNormApply(
  x: ArrayLike<number>,
  mean: ArrayLike<number>,
  inverse: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
): number[] {
  const channels = mean.length;
  return Array.from(x, (value, i) => {
    const c = i % channels;
    return (value - mean[c]!) * inverse[c]! * weight[c]! + bias[c]!;
  });
}

/** Σ dy and Σ dy·(x − mean) */
export function batchNormBackwardSums(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  mean: ArrayLike<number>,
): { sums: number[]; products: number[] } {
  const channels = mean.length;
  return {
    sums: perChannel(channels, (c) => channelSum(x.length, channels, c, (i) => dy[i]!)),
    products: perChannel(channels, (c) => channelSum(x.length, channels, c, (i) => dy[i]! * (x[i]! - mean[c]!))),
  };
}

/**
 * With x̂ = (x − mean)·inverse over the whole batch: dbias = Σ dy, dweight = Σ dy·x̂,
 * dx = weight·inverse/n·(n·dy − Σ dy − x̂·Σ dy·x̂).
 */
export function batchNormBackward(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  mean: ArrayLike<number>,
  inverse: ArrayLike<number>,
  weight: ArrayLike<number>,
): { dx: number[]; dweight: number[]; dbias: number[] } {
  const channels = mean.length;
  const count = x.length / channels;
  const normalised = Array.from(x, (value, i) => (value - mean[i % channels]!) * inverse[i % channels]!);
  const dbias = perChannel(channels, (c) => channelSum(x.length, channels, c, (i) => dy[i]!));
  const dweight = perChannel(channels, (c) => channelSum(x.length, channels, c, (i) => dy[i]! * normalised[i]!));
  const dx = normalised.map((value, i) => {
    const c = i % channels;
    return ((weight[c]! * inverse[c]!) / count) * (count * dy[i]! - dbias[c]! - value * dweight[c]!);
  });
  return { dx, dweight, dbias };
}
