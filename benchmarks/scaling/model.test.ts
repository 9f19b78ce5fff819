import { describe, expect, it } from 'vitest';
import {
  type Costs,
  expectedMaximum,
  fitCosts,
  meetings,
  predict,
  predictHosts,
  readBytes,
  ringMs,
  statisticsMs,
  type Workload,
} from './model.ts';

const workload: Workload = { batch: 128, shards: 16, parameterFloats: 1000, exchanges: 42, rowBytes: 10 };

const costs: Costs = {
  imageMs: 1.5,
  replicaMs: 4,
  updateMs: 2,
  byteMs: 1e-4,
  meetingMs: 0.003,
  jitter: 0.01,
  slowdowns: new Map([
    [1, 1],
    [2, 1.25],
  ]),
};

describe('readBytes', () => {
  it('is what the collective says', () => {
    expect(readBytes(workload, 1)).toBe(0);
    // Half of the other's partial, half of the parameters, the rows of eight shards.
    expect(readBytes(workload, 2)).toBe(2000 + 2000 + 80);
    // Seven subtrees on three workers, of which each has 2 1/3 and fetches the others for a third of the vector.
    expect(readBytes(workload, 3)).toBeCloseTo(((7 - 7 / 3) * 4000) / 3 + (4000 * 2) / 3 + 160 * (2 / 3), 9);
    expect(readBytes(workload, 16)).toBe(3750 + 3750 + 150);
  });
});

describe('expectedMaximum', () => {
  // Harter, Expected values of normal order statistics, Biometrika 48 (1961), table 1.
  it.each([
    [1, 0],
    [2, 0.56419],
    [3, 0.84628],
    [10, 1.53875],
    [50, 2.24907],
    [100, 2.50759],
  ])('of %i is %f', (n, expected) => {
    expect(expectedMaximum(n)).toBeCloseTo(expected, 4);
  });
});

describe('predict', () => {
  it('one worker computes and updates, and meets nobody', () => {
    const { stepMs, computeMs, exchangeMs, imbalanceMs, barrierMs, imagesPerSecond } = predict(costs, workload, 1);
    expect([computeMs, exchangeMs, barrierMs]).toEqual([196, 2, 0]);
    expect(imbalanceMs).toBeCloseTo(0, 6);
    expect(stepMs).toBeCloseTo(198, 6);
    expect(imagesPerSecond).toBeCloseTo(128_000 / 198, 4);
  });

  it('two share clocks, and meet', () => {
    const predicted = predict(costs, workload, 2);
    expect(predicted.computeMs).toBe(1.25 * (64 * 1.5 + 4));
    expect(predicted.imbalanceMs).toBeCloseTo(0.01 * 0.56419 * 125, 4);
    expect(predicted.barrierMs).toBeCloseTo(44 * 0.003, 12);
    expect(predicted.exchangeMs).toBeCloseTo(1 + 0.408, 12);
  });

  it('shards that the workers do not divide are waited for', () => {
    const { computeMs, imbalanceMs } = predict({ ...costs, jitter: 0 }, workload, 3);
    // The slowest has six shards of eight samples, not five and a third.
    expect(computeMs + imbalanceMs).toBeCloseTo(1.25 * (48 * 1.5 + 4), 9);
  });

  it("the machine's memory bounds what all read together", () => {
    const { exchangeMs } = predict(costs, workload, 2, 5000);
    expect(exchangeMs).toBeCloseTo(1 + 4080 / 2500, 12);
  });
});

describe('fitCosts', () => {
  it('finds the costs that the measurements were made of', () => {
    const measured = [
      [1, 128],
      [2, 128],
      [2, 256],
      [4, 128],
    ].map(([workers, batch]) => {
      const work = { ...workload, batch: batch! };
      return { workers: workers!, workload: work, ...predict(costs, work, workers!), peak: workers === 1 ? 100 : 80 * workers! }; // biome-ignore format: one line
    });
    const { slowdowns, ...fitted } = fitCosts(measured);
    expect([...slowdowns]).toEqual([
      [1, 1],
      [2, 1.25],
      [4, 1.25],
    ]);
    for (const [name, value] of Object.entries(fitted)) {
      expect(value / Number(costs[name as keyof Costs]), name).toBeCloseTo(1, 9);
    }
  });

  it('gives no cost below nothing', () => {
    const point = { workload, imbalanceMs: 0, barrierMs: 0.44 };
    const { imageMs, replicaMs, updateMs, byteMs } = fitCosts([
      { ...point, workers: 1, computeMs: 128, exchangeMs: 1, peak: 100 },
      // Faster than twice, as where the shards of half a batch fit the cache.
      { ...point, workers: 2, computeMs: 60, exchangeMs: 0.4, peak: 200 },
    ]);
    expect([replicaMs, byteMs]).toEqual([0, 0]);
    // Least squares with the other cost at 0: Σ a/y over Σ (a/y)².
    expect(imageMs).toBeCloseTo((1 + 64 / 60) / (1 + (64 / 60) ** 2), 12);
    expect(updateMs).toBeCloseTo((1 + 1.25) / (1 + 1.25 ** 2), 12);
  });

  it('needs one worker and more', () => {
    expect(() => fitCosts([])).toThrow('measurements of 1 worker and of more');
  });
});

describe('predictHosts', () => {
  const network = { latencyMs: 0.05, bytesPerMs: 1e6 };

  it('a ring passes nearly twice the gradients, in two rounds of all hosts', () => {
    expect(ringMs(workload, 4, network)).toBeCloseTo(6 * 0.05 + (2 * 4000 * 3) / 4 / 1e6, 12);
  });

  it('every exchange of statistics goes up a tree and down again', () => {
    expect(meetings(workload)).toBe(44);
    expect(statisticsMs(workload, 1000, network)).toBeCloseTo(42 * 20 * 0.05 + (999 * 10) / 1e6, 12);
    expect(statisticsMs({ ...workload, exchanges: 0, rowBytes: 0 }, 1000, network)).toBe(0);
  });

  it('is the prediction of one host with the network on top', () => {
    const hosts = 4;
    const one = predict({ ...costs, jitter: 0 }, workload, 2);
    const cluster = { ...workload, batch: 128 * hosts, shards: 16 * hosts };
    const four = predictHosts({ ...costs, jitter: 0 }, cluster, { workers: 2, hosts, network });
    expect(four.networkMs).toBe(ringMs(cluster, hosts, network) + statisticsMs(cluster, hosts, network));
    expect([four.computeMs, four.barrierMs]).toEqual([one.computeMs, one.barrierMs]);
    // The update of the slice is a fourth, as each host has a fourth of the parameters.
    expect(four.stepMs).toBeCloseTo(one.stepMs + four.networkMs - 0.75, 9);
  });
});
