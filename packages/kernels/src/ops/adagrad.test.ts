import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { expectClose } from '../testing/expect-close.ts';
import { averaged, exact, product, quotient, root, sum } from '../testing/update-bounds.ts';
import { type AdagradStep, adagrad } from './adagrad.ts';

const put = (arena: Arena, parameters: ArrayLike<number>, gradient: ArrayLike<number>, squares: ArrayLike<number>) => ({
  parameters: arena.put(parameters),
  nextParameters: arena.output(parameters.length),
  gradient: arena.put(gradient),
  sum: arena.put(squares),
  nextSum: arena.output(parameters.length),
});

describe('adagrad', () => {
  it('agrees with the reference with any numbers', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const step = fc.record({
      samples: fc.integer({ min: 1, max: 1000 }),
      learningRate: unit,
      eps: fc.constantFrom(1e-10, 1e-3, 1),
      weightDecay: unit,
    });
    fc.assert(
      fc.property(fc.nat(20), step, fc.nat(), (vectors, numbers, seed) => {
        const length = vectors * 4;
        const [p, g] = [pseudoRandom(length, seed), pseudoRandom(length, seed + 1, 100)];
        const before = pseudoRandom(length, seed + 2).map((value) => value * value);
        const expected = reference.adagrad(p, g, before, numbers);
        const bounds = Array.from(p, (value, i) => {
          const gradient = averaged(g[i]!, numbers.samples, numbers.weightDecay, value);
          const squares = sum(exact(before[i]!), product(gradient, gradient));
          const direction = quotient(gradient, sum(root(squares), exact(numbers.eps)));
          const parameter = sum(exact(value), product(direction, exact(-numbers.learningRate)));
          return { squares: squares.error, parameter: parameter.error };
        });
        onEveryBuild((arena) => {
          const at = put(arena, p, g, before);
          arena.run(() => adagrad(arena.k, at, length, numbers));
          expectClose('sum', arena.floats(at.nextSum, length), expected.sum, (i) => bounds[i]!.squares);
          const next = arena.floats(at.nextParameters, length);
          expectClose('parameters', next, expected.parameters, (i) => bounds[i]!.parameter);
        });
      }),
      { seed: 13, numRuns: 100 },
    );
  });

  it.each<[string, Partial<AdagradStep>, number, number]>([
    // g = 2, sum' = 12 + 4: 2/(4 + 4)
    ['plain', {}, 2 - 0.5 * 0.25, 16],
    ['weight decay adds λp', { weightDecay: 1, eps: 3 }, 2 - 0.5 * (4 / (Math.sqrt(28) + 3)), 28],
  ])('has the value by hand: %s', (_, numbers, parameter, squares) => {
    onEveryBuild((arena) => {
      const at = put(arena, [2, 2, 2, 2], [8, 8, 8, 8], [12, 12, 12, 12]);
      const step = { samples: 4, learningRate: 0.5, eps: 4, weightDecay: 0, ...numbers };
      arena.run(() => adagrad(arena.k, at, 4, step));
      expectClose('parameters', arena.floats(at.nextParameters, 4), new Array(4).fill(parameter), 1e-7);
      expect([...arena.floats(at.nextSum, 4)]).toEqual(new Array(4).fill(squares));
    });
  });

  it.each<[string, Partial<AdagradStep>]>([
    ['no samples', { samples: 0 }],
    ['an eps of 0', { eps: 0 }],
    ['a rate that is not a number', { learningRate: Number.NaN }],
    ['an infinite weight decay', { weightDecay: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_, numbers) => {
    onEveryBuild((arena) => {
      const at = put(arena, [2, 2, 2, 2], [1, 1, 1, 1], [0, 0, 0, 0]);
      const step = { samples: 1, learningRate: 0.5, eps: 4, weightDecay: 0, ...numbers };
      const before = arena.k.i32.slice();
      expect(() => adagrad(arena.k, at, 4, step)).toThrow(expect.objectContaining({ code: 'KERNEL_ARGUMENT' }));
      expect(Buffer.compare(new Uint8Array(before.buffer), new Uint8Array(arena.k.i32.buffer))).toBe(0);
    });
  });
});
