import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, arenaOf, onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, expectClose, roundoff } from '../testing/expect-close.ts';
import { softmax, softmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** Runs the loss, and returns what it wrote. */
function loss(arena: Arena, logits: ArrayLike<number>, labels: readonly number[], classes: number) {
  const samples = labels.length;
  const outputs = {
    losses: arena.outputDoubles(samples),
    gradient: arena.output(samples * classes),
    predicted: arena.output(samples),
    probabilities: arena.output(samples),
  };
  const at = { logits: arena.put(logits), labels: arena.putIntegers(labels), ...outputs };
  arena.run(() => softmaxCrossEntropy(arena.k, at, samples, classes));
  return {
    losses: [...arena.doubles(outputs.losses, samples)],
    gradient: arena.floats(outputs.gradient, samples * classes),
    predicted: [...arena.integers(outputs.predicted, samples)],
    probabilities: arena.floats(outputs.probabilities, samples),
  };
}

function checkLoss(logits: ArrayLike<number>, labels: readonly number[], classes: number): void {
  const expected = reference.softmaxCrossEntropy(logits, labels, classes);
  onEveryBuild((arena) => {
    const got = loss(arena, logits, labels, classes);
    expectClose('loss', got.losses, expected.losses, (n) => 1e-13 * (1 + Math.abs(expected.losses[n]!)));
    expectClose('gradient', got.gradient, expected.gradient, (i) => roundoff * Math.abs(expected.gradient[i]!) + 1e-15);
    expect(got.predicted).toEqual(expected.predicted);
    expectClose('probability', got.probabilities, expected.probabilities, roundoff);
    const [logitsAt, all] = [arena.put(logits), arena.output(logits.length)];
    arena.run(() => softmax(arena.k, logitsAt, all, labels.length, classes));
    expectClose('softmax', arena.floats(all, logits.length), reference.softmax(logits, classes), roundoff);
  });
}

describe('reference', () => {
  it('has a gradient that central differences agree with', () => {
    const logits = [...pseudoRandom(20, 1, 4)];
    const labels = [3, 0, 4, 2];
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const expected = centralDifferences(logits, (z) => sum(reference.softmaxCrossEntropy(z, labels, 5).losses), 1e-4);
    expectClose('gradient', reference.softmaxCrossEntropy(logits, labels, 5).gradient, expected, 1e-8);
  });

  it('has ln(classes) for equal logits', () => {
    expect(reference.softmaxCrossEntropy([1, 1, 1, 1], [2], 4).losses).toEqual([Math.log(4)]);
  });
});

describe('softmax cross-entropy', () => {
  it('agrees with the reference on any size and magnitude', () => {
    const scale = fc.constantFrom(1e-3, 1, 10, 100, 1e4);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 1, max: 20 }),
        scale,
        fc.nat(),
        (samples, classes, size, seed) => {
          const labels = [...pseudoRandom(samples, seed + 1)].map((value) => Math.floor(((value + 1) / 2) * classes));
          checkLoss(pseudoRandom(samples * classes, seed, size), labels, classes);
        },
      ),
      { seed: 10, numRuns: 100 },
    );
  });

  it('has the gradient in place of the logits, to the same bits', () => {
    const logits = pseudoRandom(30, 1, 5);
    onEveryBuild((arena) => {
      const { gradient } = loss(arena, logits, [1, 9, 4], 10);
      const outputs = { losses: arena.outputDoubles(3), predicted: arena.output(3), probabilities: arena.output(3) };
      const both = arena.inPlace(arena.put(logits));
      const labels = arena.putIntegers([1, 9, 4]);
      arena.run(() => softmaxCrossEntropy(arena.k, { logits: both, gradient: both, labels, ...outputs }, 3, 10));
      expect(arena.floats(both, 30)).toEqual(gradient);
    });
  });

  it('has no gradient for pointer 0', () => {
    onEveryBuild((arena) => {
      const outputs = { losses: arena.outputDoubles(1), predicted: arena.output(1), probabilities: arena.output(1) };
      const at = { logits: arena.put([0, 0]), labels: arena.putIntegers([1]), gradient: 0, ...outputs };
      arena.run(() => softmaxCrossEntropy(arena.k, at, 1, 2));
      expectClose('loss', arena.doubles(outputs.losses, 1), [Math.LN2], 1e-15);
    });
  });

  it('may write the softmax over the logits', () => {
    onEveryBuild((arena) => {
      const at = arena.inPlace(arena.put([0, Math.log(3), -1000, 5, 5, 5]));
      arena.run(() => softmax(arena.k, at, at, 2, 3));
      expectClose('softmax', arena.floats(at, 6), [0.25, 0.75, 0, 1 / 3, 1 / 3, 1 / 3], roundoff);
    });
  });

  it('predicts the first of equal logits', () => {
    onEveryBuild((arena) => {
      expect(loss(arena, [1, 3, 3, 3, -0, 0, -0, 0], [0, 0], 4).predicted).toEqual([1, 0]);
    });
  });

  it('is exact where e^z would overflow or vanish', () => {
    onEveryBuild((arena) => {
      const { losses, gradient, probabilities } = loss(arena, [1e30, 0, 1e30, 0, -1e30, -1e30], [0, 1, 0], 2);
      expect(losses).toEqual([0, 1e30, Math.LN2].map((value, i) => (i === 1 ? Math.fround(value) : value)));
      expect([...gradient]).toEqual([0, 0, 1, -1, -0.5, 0.5]);
      expect([...probabilities]).toEqual([1, 1, 0.5]);
    });
  });

  it('does not hide what is not finite', () => {
    const infinity = Number.POSITIVE_INFINITY;
    const logits = [
      0,
      Number.NaN,
      0,
      Number.NaN,
      0,
      0,
      0,
      0,
      Number.NaN,
      infinity,
      0,
      0,
      -infinity,
      0,
      0,
      -infinity,
      -infinity,
      -infinity,
    ];
    onEveryBuild((arena) => {
      const { losses, gradient, predicted } = loss(arena, logits, [0, 1, 2, 1, 0, 0], 3);
      expect(predicted).toEqual([1, 0, 2, 0, 1, 0]);
      expect(losses).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, infinity, Number.NaN]);
      expect([...gradient].slice(12, 15)).toEqual([-1, 0.5, 0.5]); // a class of probability 0 is no error by itself
    });
  });

  it('has the same bits in all builds: there is no fused operation in it', () => {
    const logits = pseudoRandom(200, 5, 20);
    const labels = Array.from({ length: 20 }, (_, i) => i % 10);
    const run = (build: 'default' | 'strict') => loss(arenaOf(build), logits, labels, 10);
    expect(run('strict')).toEqual(run('default'));
  });
});

/** Rows of shares; every third has one class only. */
function shares(rows: number, classes: number, seed: number): number[][] {
  return Array.from({ length: rows }, (_, n) => {
    if (n % 3 === 0) return Array.from({ length: classes }, (_, c) => Number(c === n % classes));
    const parts = [...pseudoRandom(classes, seed + n)].map((value) => value + 1);
    const sum = parts.reduce((total, part) => total + part, 0);
    return parts.map((part) => Math.fround(part / sum));
  });
}

describe('softmax cross-entropy: smoothed, soft and weighted targets, maps', () => {
  it('agrees with the reference in every combination', () => {
    fc.assert(
      fc.property(
        fc.record({
          samples: fc.integer({ min: 0, max: 4 }),
          pixels: fc.integer({ min: 1, max: 5 }),
          classes: fc.integer({ min: 1, max: 9 }),
          soft: fc.boolean(),
          weighted: fc.boolean(),
          labelSmoothing: fc.constantFrom(0, 0.1, 1),
          scale: fc.constantFrom(1, 0.3, 1 / 6),
          size: fc.constantFrom(0.1, 4, 100),
          seed: fc.nat(),
        }),
        ({ samples, pixels, classes, soft, weighted, labelSmoothing, scale, size, seed }) => {
          const rows = samples * pixels;
          const logits = pseudoRandom(rows * classes, seed, size);
          const labels = [...pseudoRandom(rows, seed + 1)].map((value) => Math.floor(((value + 1) / 2) * classes));
          const rowTargets = shares(rows, classes, seed + 2);
          const weights = pseudoRandom(classes, seed + 3).map((value) => value + 1);
          const given = { labelSmoothing, ...(weighted && { weights }) };
          const expected = reference.softmaxCrossEntropy(logits, soft ? rowTargets : labels, classes, given);
          const losses = Array.from({ length: samples }, (_, n) =>
            expected.losses.slice(n * pixels, (n + 1) * pixels).reduce((sum, loss) => sum + loss * scale, 0),
          );
          const gradient = expected.gradient.map((slope) => slope * scale);
          onEveryBuild((arena) => {
            const at = {
              logits: arena.put(logits),
              labels: soft ? 0 : arena.putIntegers(labels),
              targets: soft ? arena.put(rowTargets.flat()) : 0,
              weights: weighted ? arena.put(weights) : 0,
              gradient: arena.output(rows * classes),
              losses: arena.outputDoubles(samples),
              predicted: arena.output(rows),
              probabilities: arena.output(rows),
            };
            arena.run(() => softmaxCrossEntropy(arena.k, at, samples, classes, { pixels, labelSmoothing, scale }));
            expectClose('loss', arena.doubles(at.losses, samples), losses, (n) => 1e-12 * (1 + losses[n]!));
            const bound = (i: number) => 1.1 * roundoff * Math.abs(gradient[i]!) + 1e-14;
            expectClose('gradient', arena.floats(at.gradient, rows * classes), gradient, bound);
            expect([...arena.integers(at.predicted, rows)]).toEqual(expected.predicted);
            expectClose('probability', arena.floats(at.probabilities, rows), expected.probabilities, roundoff);
          });
        },
      ),
      { seed: 11, numRuns: 100 },
    );
  });

  it('has the bits of a label for a row with that class alone', () => {
    const logits = pseudoRandom(12, 3, 5);
    onEveryBuild((arena) => {
      const { losses, gradient } = loss(arena, logits, [1, 0, 3], 4);
      const at = {
        logits: arena.put(logits),
        labels: 0,
        targets: arena.put([0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]),
        gradient: arena.output(12),
        losses: arena.outputDoubles(3),
        predicted: 0,
        probabilities: 0,
      };
      arena.run(() => softmaxCrossEntropy(arena.k, at, 3, 4));
      expect([...arena.doubles(at.losses, 3)]).toEqual(losses);
      expect(arena.floats(at.gradient, 12)).toEqual(gradient);
    });
  });

  it('does not hide a logit that is not a number behind a row of zeros', () => {
    onEveryBuild((arena) => {
      const at = { logits: arena.put([Number.NaN, 1]), labels: 0, targets: arena.put([0, 0]), gradient: 0 };
      const losses = arena.outputDoubles(1);
      arena.run(() => softmaxCrossEntropy(arena.k, { ...at, losses, predicted: 0, probabilities: 0 }, 1, 2));
      expect(arena.doubles(losses, 1)[0]).toBeNaN();
    });
  });

  it.each([
    ['target 1: expected a share in [0, 1], got NaN', { targets: [0.5, Number.NaN] }, {}],
    ['target 0: expected a share in [0, 1], got -0.5', { targets: [-0.5, 1.5] }, {}],
    ['weight 1: expected a finite number of at least 0, got Infinity', { weights: [1, Number.POSITIVE_INFINITY] }, {}],
    ['expected labelSmoothing in [0, 1], got 1.5', {}, { labelSmoothing: 1.5 }],
    ['expected scale to be finite, got NaN', {}, { scale: Number.NaN }],
  ] as const)(
    'refuses: %s',
    (message, regions: { targets?: readonly number[]; weights?: readonly number[] }, options) => {
      onEveryBuild((arena) => {
        const outputs = { gradient: 0, losses: arena.scratch(8), predicted: 0, probabilities: 0 };
        const put = (values: readonly number[] | undefined) => (values ? arena.put(values) : 0);
        const at = { targets: put(regions.targets), weights: put(regions.weights), ...outputs };
        const [logits, labels] = [arena.put([1, 2]), arena.putIntegers([0])];
        expect(() => softmaxCrossEntropy(arena.k, { logits, labels, ...at }, 1, 2, options)).toThrow(
          expect.objectContaining({ code: 'KERNEL_ARGUMENT', message: expect.stringContaining(message) }),
        );
      });
    },
  );
});

describe('exponential and logarithm', () => {
  const ulp = (value: number): number => 2 ** Math.max(-1074, Math.floor(Math.log2(Math.abs(value))) - 52);

  it('are within 2 units in the last place', () => {
    const { wasm } = arenaOf('default').k;
    for (const [scale, seed] of [
      [1, 1],
      [30, 2],
      [700, 3],
      [1e-6, 4],
    ] as const) {
      for (const x of pseudoRandom(2000, seed, scale)) {
        const power = wasm.exponential(x);
        expect(Math.abs(power - Math.exp(x)), `e^${x}`).toBeLessThanOrEqual(3 * ulp(power)); // Math.exp has an error too
        const positive = Math.exp(x);
        const log = wasm.logarithm(positive);
        expect(Math.abs(log - Math.log(positive)), `ln ${positive}`).toBeLessThanOrEqual(3 * ulp(log));
      }
    }
  });

  it('are exact where they must be', () => {
    const { wasm } = arenaOf('default').k;
    const infinity = Number.POSITIVE_INFINITY;
    const powers = [0, -0, -infinity, infinity, Number.NaN, -746, 710].map(wasm.exponential);
    expect(powers).toEqual([1, 1, 0, infinity, Number.NaN, 0, infinity]);
    expect([1, 2, 0.5].map(wasm.logarithm)).toEqual([0, Math.LN2, -Math.LN2]);
    expect(wasm.exponential(-740)).toBeCloseTo(Math.exp(-740), 320); // subnormal
  });
});
