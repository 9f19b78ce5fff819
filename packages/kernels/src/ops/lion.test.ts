import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { expectClose } from '../testing/expect-close.ts';
import { averaged, blended, exact, product, sum } from '../testing/update-bounds.ts';
import { type LionStep, lion } from './lion.ts';

const put = (arena: Arena, parameters: ArrayLike<number>, gradient: ArrayLike<number>, average: ArrayLike<number>) => ({
  parameters: arena.put(parameters),
  nextParameters: arena.output(parameters.length),
  gradient: arena.put(gradient),
  average: arena.put(average),
  nextAverage: arena.output(parameters.length),
});

const plain: LionStep = { samples: 2, learningRate: 0.25, beta1: 0.5, beta2: 0.75, weightDecay: 0 };

describe('lion', () => {
  it('agrees with the reference with any numbers', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const step = fc.record({
      samples: fc.integer({ min: 1, max: 1000 }),
      learningRate: unit,
      beta1: unit,
      beta2: unit,
      weightDecay: unit,
    });
    fc.assert(
      fc.property(fc.nat(20), step, fc.nat(), (vectors, numbers, seed) => {
        const length = vectors * 4;
        const [p, g, m] = [
          pseudoRandom(length, seed),
          pseudoRandom(length, seed + 1, 100),
          pseudoRandom(length, seed + 2),
        ];
        const expected = reference.lion(p, g, m, numbers);
        const { samples, learningRate, beta1, beta2, weightDecay } = numbers;
        const bounds = Array.from(p, (value, i) => {
          const gradient = averaged(g[i]!, samples, 0, 0);
          const direction = blended(beta1, m[i]!, gradient);
          // Where rounding may turn the sign, either is right.
          const turn = Math.abs(direction.value) <= direction.error ? 2 * learningRate : 0;
          const kept = product(exact(value), exact(1 - learningRate * weightDecay));
          const parameter = sum(kept, exact(-learningRate * Math.sign(direction.value)));
          return {
            parameter: parameter.error + 1e-7 * learningRate + turn,
            average: blended(beta2, m[i]!, gradient).error,
          };
        });
        onEveryBuild((arena) => {
          const at = put(arena, p, g, m);
          arena.run(() => lion(arena.k, at, length, numbers));
          expectClose('average', arena.floats(at.nextAverage, length), expected.average, (i) => bounds[i]!.average);
          const next = arena.floats(at.nextParameters, length);
          expectClose('parameters', next, expected.parameters, (i) => bounds[i]!.parameter);
        });
      }),
      { seed: 15, numRuns: 100 },
    );
  });

  it('takes the sign in each lane by itself; that of 0 is 0, that of not-a-number itself', () => {
    onEveryBuild((arena) => {
      const at = put(
        arena,
        [1, 1, 1, 1, 1, 1, 1, 1],
        [4, -4, 0, Number.NaN, -0, 1e-30, -1e-30, Infinity],
        new Array(8).fill(0),
      );
      lion(arena.k, at, 8, plain);
      const expected = [0.75, 1.25, 1, Number.NaN, 1, 0.75, 1.25, 0.75];
      expect([...arena.floats(at.nextParameters, 8)]).toEqual(expected);
    });
  });

  it.each<[string, Partial<LionStep>, number, number]>([
    // g = 2, m = −4: c = ½·−4 + ½·2 = −1, m' = ¾·−4 + ¼·2
    ['plain', {}, 2.25, -2.5],
    ['weight decay shrinks p', { weightDecay: 0.5 }, 2, -2.5],
    ['β1 decides the sign', { beta1: 0.25 }, 1.75, -2.5],
  ])('has the value by hand: %s', (_, numbers, parameter, average) => {
    onEveryBuild((arena) => {
      const at = put(arena, [2, 2, 2, 2], [4, 4, 4, 4], [-4, -4, -4, -4]);
      arena.run(() => lion(arena.k, at, 4, { ...plain, ...numbers }));
      expect([...arena.floats(at.nextParameters, 4)]).toEqual(new Array(4).fill(parameter));
      expect([...arena.floats(at.nextAverage, 4)]).toEqual(new Array(4).fill(average));
    });
  });

  it.each<[string, Partial<LionStep>]>([
    ['no samples', { samples: 0 }],
    ['a rate that is not a number', { learningRate: Number.NaN }],
    ['an infinite β', { beta1: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_, numbers) => {
    onEveryBuild((arena) => {
      const at = put(arena, [2, 2, 2, 2], [1, 1, 1, 1], [0, 0, 0, 0]);
      const before = arena.k.i32.slice();
      expect(() => lion(arena.k, at, 4, { ...plain, ...numbers })).toThrow(
        expect.objectContaining({ code: 'KERNEL_ARGUMENT' }),
      );
      expect(Buffer.compare(new Uint8Array(before.buffer), new Uint8Array(arena.k.i32.buffer))).toBe(0);
    });
  });
});
