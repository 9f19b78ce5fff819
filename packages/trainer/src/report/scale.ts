/** The vertical axis of a chart. */
export interface Scale {
  readonly type: 'linear' | 'log';
  readonly domain: readonly [number, number];
  /** Where to write a number; left to the chart where absent. */
  readonly ticks?: readonly number[];
}

/** Spread from which a logarithmic axis shows more than a linear one. */
const logRatio = 20;

/** The numbers 1, 2 and 5 times a power of ten in the domain, or the powers alone where that would be too many. */
function logTicks(low: number, high: number): number[] {
  const ticks: { value: number; power: boolean }[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent++) {
    for (const factor of [1, 2, 5]) {
      const value = Number(`${factor}e${exponent}`);
      if (value >= low && value <= high) ticks.push({ value, power: factor === 1 });
    }
  }
  const shown = ticks.length > 7 ? ticks.filter(({ power }) => power) : ticks;
  return shown.map(({ value }) => value);
}

/** Axis for losses: logarithmic where all are positive and the largest is 20 times the smallest, else linear from 0. */
export function lossScale(values: readonly number[]): Scale {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  if (low > 0 && high / low >= logRatio && Number.isFinite(low)) {
    const domain: [number, number] = [low / 1.15, high * 1.15];
    return { type: 'log', domain, ticks: logTicks(...domain) };
  }
  return zeroScale(values);
}

/** Linear axis from 0 to a little above the largest value. */
export function zeroScale(values: readonly number[]): Scale {
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  return { type: 'linear', domain: [0, high > 0 ? high * 1.06 : 1] };
}

/**
 * Axis for accuracies, up to 1. Good networks live between 95 and 100 %, where an axis from 0 would show a flat line: so
 * it starts at the round number below all `tests` and three quarters of the `train` values.
 */
export function accuracyScale(train: readonly number[], tests: readonly number[]): Scale {
  const sorted = [...train].sort((a, b) => a - b);
  const usual = sorted[Math.floor(sorted.length * 0.25)] ?? 1;
  const lowest = tests.reduce((a, b) => Math.min(a, b), usual);
  const floors = [0.99, 0.98, 0.95, 0.9, 0.8, 0.6];
  const floor = floors.find((candidate) => lowest - candidate >= (1 - candidate) * 0.1) ?? 0;
  return { type: 'linear', domain: [floor, 1] };
}

/** Whole epochs to write along the bottom, at most nine; undefined for a run of less than two, which wants fractions. */
export function epochTicks(end: number): number[] | undefined {
  if (end < 2) return undefined;
  let step = 1;
  for (const factor of [2, 2.5, 2, 2, 2.5, 2, 2, 2.5, 2]) {
    if (end / step <= 8) break;
    step *= factor;
  }
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
}
