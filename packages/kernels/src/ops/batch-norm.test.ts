import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import {
  batchNormApply,
  batchNormBackwardApply,
  batchNormBackwardSums,
  batchNormCombine,
  batchNormFinish,
  batchNormInverse,
  batchNormParameterGradient,
  batchNormScratchFloats,
  batchNormStatistics,
  treeSumDouble,
} from './batch-norm.ts';
import { reluBackward, reluForward } from './relu.ts';
import { relu6Backward, relu6Forward } from './relu6.ts';

const eps = 1e-5;

/** Rows of the stack in which a tree over so many shards is added up. */
const stackRows = (shards: number): number => Math.max(1, Math.ceil(Math.log2(shards)));

/** Writes each shard's statistics and combines them; returns the row of the whole. */
function combine(arena: Arena, shards: readonly ArrayLike<number>[], channels: number): number {
  const rows = arena.outputDoubles(shards.length * 2 * channels);
  const whole = arena.scratch(stackRows(shards.length) * channels * 16);
  const counts = arena.scratch(shards.length * 8);
  const merges = arena.putIntegers(reference.treeMerges(shards.length));
  const inputs = shards.map((x) => arena.put(x));
  const scratch = arena.scratch(batchNormScratchFloats(channels) * 4);
  arena.run(() => {
    shards.forEach((x, s) => {
      arena.k.f64[counts / 8 + s] = x.length / channels;
      batchNormStatistics(arena.k, inputs[s]!, x.length / channels, channels, rows + s * channels * 16, scratch);
    });
    batchNormCombine(arena.k, rows, counts, shards.length, channels, merges, whole);
  });
  return whole;
}

/** Cuts x [pixels][channels] into shards of so many pixels. */
function cut(x: Float32Array, channels: number, pixels: readonly number[]): Float32Array[] {
  let from = 0;
  return pixels.map((count) => {
    const shard = x.subarray(from, from + count * channels);
    from += count * channels;
    return shard;
  });
}

/** Statistics are as good as runs of 16 float32 deviations, relative to the standard deviation, however large the mean is. */
function expectStatistics(arena: Arena, row: number, { count, mean, m2 }: reference.Statistics): void {
  const channels = mean.length;
  const deviation = (c: number): number => Math.sqrt(m2[c]! / count);
  const meanBound = (c: number): number => 4 * roundoff * deviation(c) + 1e-15 * Math.abs(mean[c]!);
  expectClose('mean', arena.doubles(row, channels), mean, meanBound);
  expectClose('m2', arena.doubles(row + channels * 8, channels), m2, (c) => 16 * roundoff * m2[c]!);
}

/** The four passes of one shard that is the whole batch. */
function checkWhole(pixels: number, channels: number, seed: number, offset = 0): void {
  const x = pseudoRandom(pixels * channels, seed, 3).map((value, i) => value * (1 + (i % channels)) + offset);
  const dy = pseudoRandom(pixels * channels, seed + 1);
  const [weight, bias] = [pseudoRandom(channels, seed + 2), pseudoRandom(channels, seed + 3)];
  const [runningMean, runningVariance] = [
    pseudoRandom(channels, seed + 4),
    pseudoRandom(channels, seed + 5).map(Math.abs),
  ];
  const statistics = reference.batchNormStatistics(x, channels);
  const finished = reference.batchNormFinish(statistics, eps, 0.3, runningMean, runningVariance);
  onEveryBuild((arena) => {
    const row = combine(arena, [x], channels);
    expectStatistics(arena, row, statistics);

    const vector = (): number => arena.output(channels);
    const [mean, inverse, nextMean, nextVariance] = [vector(), vector(), vector(), vector()];
    const at = {
      mean,
      inverse,
      nextMean,
      nextVariance,
      runningMean: arena.put(runningMean),
      runningVariance: arena.put(runningVariance),
    };
    arena.run(() => batchNormFinish(arena.k, row, pixels, channels, eps, 0.3, at));
    // Rounded once, from statistics that are as good as those above.
    const deviation = (c: number): number => Math.sqrt(statistics.m2[c]! / pixels);
    const rounded = (expected: readonly number[]) => (i: number) =>
      roundoff * (2 * Math.abs(expected[i]!) + 4 * deviation(i));
    expectClose('mean', arena.floats(mean, channels), statistics.mean, rounded(statistics.mean));
    const fromM2 = (expected: readonly number[]) => (i: number) => 16 * roundoff * Math.abs(expected[i]!);
    expectClose('inverse', arena.floats(inverse, channels), finished.inverse, fromM2(finished.inverse));
    expectClose('running mean', arena.floats(nextMean, channels), finished.nextMean, rounded(finished.nextMean));
    expectClose(
      'running variance',
      arena.floats(nextVariance, channels),
      finished.nextVariance,
      fromM2(finished.nextVariance),
    );

    // What follows starts from the float32 mean and inverse that the kernel has, so that only its own error counts.
    const [m, r] = [arena.floats(mean, channels), arena.floats(inverse, channels)];
    const [xAt, dyAt, weightAt, biasAt] = [arena.put(x), arena.put(dy), arena.put(weight), arena.put(bias)];
    const [y, dx] = [arena.output(x.length), arena.output(x.length)];
    const [sums, dweight, dbias] = [arena.outputDoubles(2 * channels), vector(), vector()];
    const scratch = arena.scratch(batchNormScratchFloats(channels) * 4);
    const apply = { mean, inverse, weight: weightAt, bias: biasAt, scratch };
    arena.run(() => {
      batchNormApply(arena.k, xAt, y, pixels, channels, apply);
      batchNormBackwardSums(arena.k, xAt, dyAt, pixels, channels, mean, sums, scratch);
      batchNormParameterGradient(arena.k, sums, channels, inverse, dweight, dbias);
      batchNormBackwardApply(arena.k, xAt, dyAt, dx, pixels, channels, { ...apply, row: sums, count: pixels });
    });
    // The subtraction of the mean is exact or rounds once, to the scale of the deviation.
    const yBound =
      4 * roundoff * (1 + Math.max(...x.map((value, i) => Math.abs((value - m[i % channels]!) * r[i % channels]!))));
    expectClose('y', arena.floats(y, x.length), reference.batchNormApply(x, m, r, weight, bias), yBound);
    const expected = reference.batchNormBackward(x, dy, m, r, weight);
    const backward = reference.batchNormBackwardSums(x, dy, m);
    const magnitudes = reference.batchNormBackwardSums(
      x.map((value, i) => Math.abs(value - m[i % channels]!)),
      dy.map(Math.abs),
      new Array<number>(channels).fill(0),
    );
    expectClose('Σ dy', arena.doubles(sums, channels), backward.sums, (c) => 4 * roundoff * magnitudes.sums[c]!);
    const products = arena.doubles(sums + channels * 8, channels);
    expectClose('Σ dy·(x − mean)', products, backward.products, (c) => 4 * roundoff * magnitudes.products[c]!);
    expectClose('dbias', arena.floats(dbias, channels), expected.dbias, (c) => 5 * roundoff * magnitudes.sums[c]!);
    expectClose(
      'dweight',
      arena.floats(dweight, channels),
      expected.dweight,
      (c) => 6 * roundoff * magnitudes.products[c]! * r[c]!,
    );
    const dxBound = (i: number) =>
      16 * roundoff * Math.abs(weight[i % channels]! * r[i % channels]!) * (1 + yBound / roundoff);
    expectClose('dx', arena.floats(dx, x.length), expected.dx, dxBound);

    // In place, to the same bits.
    const [whole, gradient] = [arena.floats(y, x.length), arena.floats(dx, x.length)];
    const [xCopy, dyCopy] = [arena.inPlace(arena.put(x)), arena.inPlace(arena.put(dy))];
    arena.run(() => {
      batchNormApply(arena.k, xCopy, xCopy, pixels, channels, apply);
      batchNormBackwardApply(arena.k, xAt, dyCopy, dyCopy, pixels, channels, { ...apply, row: sums, count: pixels });
    });
    expect(arena.floats(xCopy, x.length)).toEqual(whole);
    expect(arena.floats(dyCopy, x.length)).toEqual(gradient);
  });
}

describe('reference', () => {
  it('normalises to mean 0 and variance 1', () => {
    const x = pseudoRandom(60, 1, 5);
    const statistics = reference.batchNormStatistics(x, 3);
    const { inverse } = reference.batchNormFinish(statistics, 0, 0.1, [0, 0, 0], [0, 0, 0]);
    const y = reference.batchNormApply(x, statistics.mean, inverse, [1, 1, 1], [0, 0, 0]);
    const after = reference.batchNormStatistics(y, 3);
    expectClose('mean', after.mean, [0, 0, 0], 1e-14);
    expectClose(
      'variance',
      after.m2.map((m2) => m2 / 20),
      [1, 1, 1],
      1e-14,
    );
  });

  it('has gradients that central differences agree with, through mean and variance', () => {
    const channels = 2;
    const x = [...pseudoRandom(14, 1, 2)];
    const dy = pseudoRandom(14, 2);
    const [weight, bias] = [[...pseudoRandom(channels, 3)], [...pseudoRandom(channels, 4)]];
    const parts = (input: readonly number[]) => {
      const statistics = reference.batchNormStatistics(input, channels);
      return { mean: statistics.mean, ...reference.batchNormFinish(statistics, eps, 0.1, [0, 0], [0, 0]) };
    };
    const loss = (input: readonly number[], scale: readonly number[], shift: readonly number[]) => {
      const { mean, inverse } = parts(input);
      return dot(reference.batchNormApply(input, mean, inverse, scale, shift), dy);
    };
    const { mean, inverse } = parts(x);
    const gradients = reference.batchNormBackward(x, dy, mean, inverse, weight);
    const differences = (values: readonly number[], of: (values: readonly number[]) => number) =>
      centralDifferences(values, of, 1e-5);
    expectClose(
      'dx',
      gradients.dx,
      differences(x, (input) => loss(input, weight, bias)),
      1e-9,
    );
    expectClose(
      'dweight',
      gradients.dweight,
      differences(weight, (scale) => loss(x, scale, bias)),
      1e-9,
    );
    expectClose(
      'dbias',
      gradients.dbias,
      differences(bias, (shift) => loss(x, weight, shift)),
      1e-9,
    );
  });

  it('combines as if there were one shard', () => {
    const x = pseudoRandom(80, 1).map((value) => value + 3);
    const shards = cut(x, 4, [3, 0, 7, 10]).map((shard) => reference.batchNormStatistics(shard, 4));
    const [whole, combined] = [reference.batchNormStatistics(x, 4), reference.batchNormCombine(shards, 4)];
    expect(combined.count).toBe(20);
    expectClose('mean', combined.mean, whole.mean, 1e-13);
    expectClose('m2', combined.m2, whole.m2, 1e-12);
  });
});

describe('batch norm', () => {
  it.each([
    [2, 1],
    [2, 17],
    [7, 3],
    [9, 5],
    [64, 8],
    [33, 12],
    [100, 17],
    [50, 31],
  ])('agrees with the reference over %i pixels of %i channels', (pixels, channels) => checkWhole(pixels, channels, 1));

  it('agrees with the reference on any size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 60 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(),
        (pixels, channels, seed) => checkWhole(pixels, channels, seed),
      ),
      {
        seed: 6,
        numRuns: 60,
      },
    );
  });

  it('loses nothing to a big mean', () => checkWhole(500, 5, 3, 1e4));

  it('agrees with the reference where the variance is small against a big mean', () => {
    const x = pseudoRandom(400 * 3, 1, 0.01).map((value) => value + 1e4);
    const whole = reference.batchNormStatistics(x, 3);
    onEveryBuild((arena) => expectStatistics(arena, combine(arena, cut(x, 3, [100, 1, 199, 100]), 3), whole));
  });

  it('has a variance of exactly zero for constant channels, and so only the bias', () => {
    const channels = 10;
    const value = Float32Array.from({ length: channels }, (_, c) => 10 ** (c - 4) / 3);
    const x = Float32Array.from({ length: 30 * channels }, (_, i) => value[i % channels]!);
    onEveryBuild((arena) => {
      const row = combine(arena, cut(x, channels, [7, 0, 22, 1]), channels);
      expect([...arena.doubles(row, 2 * channels)]).toEqual([...value, ...new Array<number>(channels).fill(0)]);
    });
  });

  it('equals the whole, as well as float32 can tell, however the batch is cut', () => {
    const shards = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        shards,
        fc.integer({ min: 1, max: 18 }),
        fc.constantFrom(0, 1, 1e4),
        fc.nat(),
        (pixels, channels, offset, seed) => {
          const total = pixels.reduce((sum, count) => sum + count, 0);
          const x = pseudoRandom(total * channels, seed).map((value) => value + offset);
          const whole = reference.batchNormStatistics(x, channels);
          onEveryBuild((arena) => expectStatistics(arena, combine(arena, cut(x, channels, pixels), channels), whole));
        },
      ),
      { seed: 7, numRuns: 100 },
    );
  });

  it('has the statistics of one pixel, and all zeros of none', () => {
    onEveryBuild((arena) => {
      const row = combine(arena, [Float32Array.of(3, -4, 5)], 3);
      expect([...arena.doubles(row, 6)]).toEqual([3, -4, 5, 0, 0, 0]);
      const none = combine(arena, [new Float32Array(), new Float32Array(), new Float32Array()], 3);
      expect([...arena.doubles(none, 6)]).toEqual([0, 0, 0, 0, 0, 0]);
    });
  });

  it('passes the only shard with pixels on to the bit', () => {
    const x = pseudoRandom(12 * 3, 8);
    onEveryBuild((arena) => {
      const alone = arena.doubles(combine(arena, [x], 3), 6);
      const none = new Float32Array();
      for (const shards of [
        [none, x],
        [x, none],
        [none, none, x, none, none],
      ]) {
        expect(arena.doubles(combine(arena, shards, 3), 6)).toEqual(alone);
      }
    });
  });

  it('tells an empty shard by its count: its row is not looked at', () => {
    const [row, nan] = [[3, -4, 14, 6], new Array<number>(4).fill(Number.NaN)];
    onEveryBuild((arena) => {
      const rows = arena.inPlace(arena.putDoubles([nan, row, nan, nan].flat()));
      const counts = arena.inPlace(arena.putDoubles([0, 4, 0, 0]));
      const merges = arena.putIntegers(reference.treeMerges(4));
      arena.run(() => batchNormCombine(arena.k, rows, counts, 4, 2, merges, rows));
      expect([...arena.doubles(rows, 4)]).toEqual(row);
      expect(arena.doubles(counts, 1)[0]).toBe(4);
    });
  });

  it('divides the running variance by n − 1 and what normalises by n, over all shards', () => {
    // Shards of 1, 3 and 0 pixels: 1 | 2, 3, 6. Mean 3, Σ (x − 3)² = 14, n = 4.
    onEveryBuild((arena) => {
      const row = combine(arena, [[1], [2, 3, 6], []], 1);
      const [mean, inverse, nextMean, nextVariance] = [
        arena.output(1),
        arena.output(1),
        arena.output(1),
        arena.output(1),
      ];
      const running = { runningMean: arena.put([10]), runningVariance: arena.put([20]) };
      arena.run(() =>
        batchNormFinish(arena.k, row, 4, 1, 0.5, 0.25, { mean, inverse, nextMean, nextVariance, ...running }),
      );
      const [wholeMean, m2] = arena.doubles(row, 2);
      expect(wholeMean).toBeCloseTo(3, 6);
      expect(m2).toBeCloseTo(14, 5);
      expect([...arena.floats(mean, 1)]).toEqual([3]);
      expect([...arena.floats(inverse, 1)]).toEqual([0.5]); // 1/√(14/4 + 0.5)
      expect([...arena.floats(nextMean, 1)]).toEqual([0.75 * 10 + 0.25 * 3]);
      expect([...arena.floats(nextVariance, 1)]).toEqual([Math.fround(0.75 * 20 + (0.25 * 14) / 3)]);
    });
  });

  it('finishes in place: the next running statistics may be the last ones', () => {
    onEveryBuild((arena) => {
      const row = combine(arena, [[1, 2, 3, 6]], 1);
      const [mean, variance] = [arena.inPlace(arena.put([10])), arena.inPlace(arena.put([20]))];
      const at = { mean: arena.output(1), inverse: arena.output(1), runningMean: mean, runningVariance: variance };
      arena.run(() =>
        batchNormFinish(arena.k, row, 4, 1, 0.5, 0.25, { ...at, nextMean: mean, nextVariance: variance }),
      );
      expect([...arena.floats(mean, 1)]).toEqual([8.25]);
      expect([...arena.floats(variance, 1)]).toEqual([Math.fround(15 + 3.5 / 3)]);
    });
  });

  it('refuses to finish a batch of one value a channel', () => {
    onEveryBuild((arena) => {
      const row = combine(arena, [[1]], 1);
      const v = arena.scratch(4);
      const at = { mean: v, inverse: v, runningMean: v, runningVariance: v, nextMean: v, nextVariance: v };
      expect(() => batchNormFinish(arena.k, row, 1, 1, eps, 0.1, at)).toThrow(
        expect.objectContaining({ code: 'KERNEL_ARGUMENT', message: expect.stringContaining('[2, ') }),
      );
    });
  });

  it('takes the running variance for evaluation', () => {
    const variance = pseudoRandom(19, 3).map(Math.abs);
    onEveryBuild((arena) => {
      const [varianceAt, inverse] = [arena.put(variance), arena.output(19)];
      arena.run(() => batchNormInverse(arena.k, varianceAt, 19, eps, inverse));
      const expected = reference.batchNormInverse(variance, eps);
      expectClose('inverse', arena.floats(inverse, 19), expected, (i) => roundoff * expected[i]!);
    });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])(
    'combines %i shards in the order of the tree, to the bit',
    (shards) => {
      const channels = 5;
      const x = Array.from({ length: shards }, (_, s) => pseudoRandom((3 + (s % 4)) * channels, s, 10 ** (s % 5)));
      onEveryBuild((arena) => {
        const whole = arena.doubles(combine(arena, x, channels), 2 * channels);
        // A node of the tree is the combination of two shards; the order of the whole is that of these.
        type Node = { count: number; row: Float64Array };
        const leaves = x.map<Node>((values) => ({
          count: values.length / channels,
          row: arena.doubles(combine(arena, [values], channels), 2 * channels),
        }));
        const both = (left: Node, right: Node): Node => {
          const rows = arena.putDoubles([...left.row, ...right.row]);
          const counts = arena.putDoubles([left.count, right.count]);
          batchNormCombine(arena.k, rows, counts, 2, channels, arena.putIntegers([0, 1]), rows);
          return { count: left.count + right.count, row: arena.doubles(rows, 2 * channels) };
        };
        expect(whole).toEqual(reference.treeSum(leaves, both).row);
        if (shards > 3) expect(whole).not.toEqual(leaves.reduce(both).row);
        arena.clear();
      });
    },
  );

  it('has the gradients of the whole batch from the sums of uneven and empty shards', () => {
    const channels = 6;
    const pixels = [3, 0, 8, 1];
    const count = 12;
    const [x, dy] = [pseudoRandom(count * channels, 1), pseudoRandom(count * channels, 2)];
    const [mean, inverse, weight] = [
      pseudoRandom(channels, 3),
      pseudoRandom(channels, 4).map(Math.abs),
      pseudoRandom(channels, 5),
    ];
    const { mean: own, m2 } = reference.batchNormStatistics(x, channels);
    mean.set(own);
    inverse.set(
      reference.batchNormInverse(
        m2.map((sum) => sum / count),
        eps,
      ),
    );
    const expected = reference.batchNormBackward(x, dy, mean, inverse, weight);
    onEveryBuild((arena) => {
      const [meanAt, inverseAt, weightAt] = [arena.put(mean), arena.put(inverse), arena.put(weight)];
      const merges = arena.putIntegers(reference.treeMerges(pixels.length));
      const rows = arena.outputDoubles(pixels.length * 2 * channels);
      const gradients = arena.output(pixels.length * 2 * channels);
      const [xs, dys] = [cut(x, channels, pixels), cut(dy, channels, pixels)];
      const [xAt, dyAt] = [xs.map((shard) => arena.put(shard)), dys.map((shard) => arena.put(shard))];
      const dx = xs.map((shard) => arena.output(shard.length));
      const scratch = arena.scratch(batchNormScratchFloats(channels) * 4);
      arena.run(() => {
        pixels.forEach((own, s) => {
          const row = rows + s * channels * 16;
          batchNormBackwardSums(arena.k, xAt[s]!, dyAt[s]!, own, channels, meanAt, row, scratch);
          const to = gradients + s * channels * 8;
          batchNormParameterGradient(arena.k, row, channels, inverseAt, to, to + channels * 4);
        });
        treeSumDouble(arena.k, rows, pixels.length, 2 * channels, merges, rows);
        const at = { row: rows, count, mean: meanAt, inverse: inverseAt, weight: weightAt, scratch };
        pixels.forEach((own, s) => {
          batchNormBackwardApply(arena.k, xAt[s]!, dyAt[s]!, dx[s]!, own, channels, at);
        });
      });
      expectClose(
        'dx',
        xs.flatMap((shard, s) => [...arena.floats(dx[s]!, shard.length)]),
        expected.dx,
        1e-5,
      );
      const perShard = pixels.map((_, s) => [...arena.floats(gradients + s * channels * 8, 2 * channels)]);
      const summed = perShard.reduce(reference.add);
      expectClose('dweight, dbias', summed, [...expected.dweight, ...expected.dbias], 1e-5);
    });
  });

  it.each([
    ['relu', reluForward, reluBackward],
    ['relu6', relu6Forward, relu6Backward],
  ] as const)('with a fused %s has the bits of one apart, forward and backward', (activation, forward, backward) => {
    for (const channels of [1, 5, 8, 17]) {
      const pixels = 13;
      const floats = pixels * channels;
      const [x, dy] = [pseudoRandom(floats, channels, 12), pseudoRandom(floats, channels + 1)];
      x[0] = 0.75; // makes 6 exactly, where ReLU6 has no slope any more
      const vectors = { mean: 0.75, inverse: 1.7, weight: -0.8, bias: 6 };
      onEveryBuild((arena) => {
        const [xAt, dyAt] = [arena.put(x), arena.put(dy)];
        const at = {
          mean: arena.put(new Array(channels).fill(vectors.mean)),
          inverse: arena.put(new Array(channels).fill(vectors.inverse)),
          weight: arena.put(new Array(channels).fill(vectors.weight)),
          bias: arena.put(new Array(channels).fill(vectors.bias)),
          scratch: arena.scratch(batchNormScratchFloats(channels) * 4),
        };
        const outputs = () => ({
          y: arena.output(floats),
          row: arena.outputDoubles(2 * channels),
          dx: arena.output(floats),
        });
        const [fused, apart] = [outputs(), outputs()];
        const masked = arena.output(floats);
        arena.run(() => {
          batchNormApply(arena.k, xAt, apart.y, pixels, channels, at);
          forward(arena.k, apart.y, apart.y, floats);
          backward(arena.k, apart.y, dyAt, masked, floats);
          batchNormBackwardSums(arena.k, xAt, masked, pixels, channels, at.mean, apart.row, at.scratch);
          const rest = { ...at, row: apart.row, count: pixels };
          batchNormBackwardApply(arena.k, xAt, masked, apart.dx, pixels, channels, rest);

          batchNormApply(arena.k, xAt, fused.y, pixels, channels, { ...at, activation });
          batchNormBackwardSums(arena.k, xAt, dyAt, pixels, channels, at.mean, fused.row, at.scratch, {
            ...at,
            activation,
          });
          const fusedRest = { ...at, row: fused.row, count: pixels, fused: { activation, bias: at.bias } };
          batchNormBackwardApply(arena.k, xAt, dyAt, fused.dx, pixels, channels, fusedRest);
        });
        for (const name of ['y', 'dx'] as const) {
          expect(arena.integers(fused[name], floats)).toEqual(arena.integers(apart[name], floats));
        }
        expect(arena.doubles(fused.row, 2 * channels)).toEqual(arena.doubles(apart.row, 2 * channels));
        expect(arena.floats(fused.y, floats)).toEqual(expect.objectContaining({ 0: 6 }));
        expect(arena.floats(fused.y, floats)).toContain(0);
        expect(Math.max(...arena.floats(fused.y, floats)) > 6).toBe(activation === 'relu');
      });
    }
  });

  it('is NaN in a channel with NaN, and in no other', () => {
    const x = pseudoRandom(6 * 9, 1);
    x[2 * 9 + 4] = Number.NaN;
    onEveryBuild((arena) => {
      const row = arena.doubles(combine(arena, cut(x, 9, [4, 2]), 9), 18);
      expect([...row].map(Number.isNaN).flatMap((nan, i) => (nan ? [i] : []))).toEqual([4, 13]);
    });
  });
});

describe('treeSumDouble', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])(
    'adds %i rows in the order of the tree, to the bit',
    (count) => {
      // Full mantissas of like magnitude: the sum has other bits in any other order.
      const rows = Array.from({ length: count }, (_, i) => Array.from(pseudoRandom(33, i), (value) => value / 3));
      const expected = Float64Array.from(reference.treeSum(rows, reference.add));
      if (count > 3) expect(expected).not.toEqual(Float64Array.from(rows.reduce(reference.add)));
      onEveryBuild((arena) => {
        const at = arena.putDoubles(rows.flat());
        const sum = arena.scratch(stackRows(count) * 33 * 8);
        const merges = arena.putIntegers(reference.treeMerges(count));
        arena.run(() => treeSumDouble(arena.k, at, count, 33, merges, sum));
        expect(arena.doubles(sum, 33)).toEqual(expected);
      });
    },
  );

  it('agrees with the reference on any number of rows of any length, in their place, to the bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(40), fc.nat(), (count, length, seed) => {
        const rows = Array.from({ length: count }, (_, i) => Array.from(pseudoRandom(length, seed + i), (x) => x / 3));
        const expected = Float64Array.from(reference.treeSum(rows, reference.add));
        onEveryBuild((arena) => {
          const at = arena.inPlace(arena.putDoubles(rows.flat()));
          const merges = arena.putIntegers(reference.treeMerges(count));
          arena.run(() => treeSumDouble(arena.k, at, count, length, merges, at));
          expect(arena.doubles(at, length)).toEqual(expected);
        });
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});
