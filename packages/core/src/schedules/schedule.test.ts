import { describe, expect, it } from 'vitest';
import { learningRate, scheduleSchema } from './schedule.ts';

const rates = (options: Parameters<typeof scheduleSchema.parse>[0], steps: number, stepsPerEpoch = steps): number[] => {
  const schedule = scheduleSchema.parse(options);
  return Array.from({ length: steps }, (_, step) => learningRate(schedule, step, steps, stepsPerEpoch));
};

function expectRates(got: readonly number[], expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((rate, i) => {
    expect(Math.abs(rate - expected[i]!), `step ${i}: ${rate}`).toBeLessThan(1e-16);
  });
}

describe('learningRate', () => {
  it('cosine: is what PyTorch has (CosineAnnealingLR, T_max 12), 0 after the last step', () => {
    const torch = [
      0.1, 0.09829629131445342, 0.09330127018922195, 0.08535533905932738, 0.07500000000000001, 0.06294095225512605,
      0.05000000000000001, 0.03705904774487397, 0.025000000000000015, 0.01464466094067263, 0.006698729810778066,
      0.0017037086855465904,
    ];
    expectRates(rates({ learningRate: 0.1 }, 12), torch);
    expect(learningRate(scheduleSchema.parse({ learningRate: 0.1 }), 12, 12, 12)).toBe(0);
  });

  it('cosine: has a value for every step of a training of any length, the end included', () => {
    for (let steps = 1; steps < 3000; steps++) {
      expect(learningRate(scheduleSchema.parse({ learningRate: 1 }), steps, steps, 100)).toBe(0);
    }
  });

  it('step: is what PyTorch has (MultiStepLR, milestones 5 and 8)', () => {
    const torch = [0.1, 0.1, 0.1, 0.1, 0.1, 0.010000000000000002, 0.010000000000000002, 0.010000000000000002];
    const last = 0.0010000000000000002;
    expectRates(rates({ kind: 'step', learningRate: 0.1, milestones: [0.5, 0.8] }, 10), [...torch, last, last]);
    expectRates(rates({ kind: 'step', learningRate: 1, milestones: [0.5], gamma: 0.5 }, 3), [1, 1, 0.5]);
  });

  it('constant: is the learning rate', () => {
    expect(new Set(rates({ kind: 'constant', learningRate: 0.3 }, 7))).toEqual(new Set([0.3]));
  });

  it('warm-up: rises in equal steps to the learning rate at its last step, then the schedule begins', () => {
    // PyTorch's LinearLR from a quarter over three steps, and then CosineAnnealingLR of 12.
    const got = rates({ learningRate: 0.1, warmupEpochs: 1 }, 16, 4);
    expectRates(got.slice(0, 4), [0.025, 0.05, 0.07500000000000001, 0.1]);
    expectRates(got.slice(4), rates({ learningRate: 0.1 }, 12));
    // Half an epoch; milestones are shares of the whole training.
    expectRates(
      rates({ kind: 'step', learningRate: 1, warmupEpochs: 0.5, milestones: [0.75] }, 8, 4),
      [0.5, 1, 1, 1, 1, 1, 0.1, 0.1],
    );
    // Longer than the training.
    expectRates(rates({ learningRate: 1, warmupEpochs: 9 }, 4, 1), [0.25, 0.5, 0.75, 1]);
  });

  it.each([
    {},
    { learningRate: 0 },
    { learningRate: -1 },
    { learningRate: Number.POSITIVE_INFINITY },
    { learningRate: 1, kind: 'linear' },
    { learningRate: 1, warmupEpochs: -1 },
    { learningRate: 1, milestones: [0.5, 1] },
    { learningRate: 1, gamma: 0 },
    { learningRate: 1, warmUpEpochs: 1 },
  ])('refuses the options %j', (options) => {
    expect(scheduleSchema.safeParse(options).success).toBe(false);
  });

  it('has defaults: cosine, no warm-up', () => {
    expect(scheduleSchema.parse({ learningRate: 1 })).toEqual({
      kind: 'cosine',
      learningRate: 1,
      warmupEpochs: 0,
      milestones: [0.5, 0.75],
      gamma: 0.1,
    });
  });
});
