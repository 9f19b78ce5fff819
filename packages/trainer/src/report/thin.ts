/** One drawn point: the mean of some consecutive steps, and the range that holds the middle 80 % of them. */
export interface CurvePoint {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** A curve thin enough to draw. */
export interface ThinCurve {
  readonly points: readonly CurvePoint[];
  /** How many steps each point stands for (the last may stand for fewer). */
  readonly stepsPerPoint: number;
}

/** Value below which the share `p` of the sorted values lies, linearly interpolated (Hyndman and Fan's type 7). */
export function quantile(sorted: readonly number[], p: number): number {
  const at = (sorted.length - 1) * p;
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * Cuts a series into at most `most` runs of equal length and takes each one's mean and its 10th and 90th percentile.
 * Means of runs, unlike a moving average, don't lag behind. Values that are not finite are left out.
 */
export function thin(series: readonly { readonly x: number; readonly y: number }[], most = 120): ThinCurve {
  const finite = series.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  const stepsPerPoint = Math.max(1, Math.ceil(finite.length / most));
  const points: CurvePoint[] = [];
  for (let start = 0; start < finite.length; start += stepsPerPoint) {
    const run = finite.slice(start, start + stepsPerPoint);
    const values = run.map(({ y }) => y).sort((a, b) => a - b);
    points.push({
      x: run.reduce((sum, { x }) => sum + x, 0) / run.length,
      mean: values.reduce((sum, y) => sum + y, 0) / values.length,
      low: quantile(values, 0.1),
      high: quantile(values, 0.9),
    });
  }
  return { points, stepsPerPoint };
}
