import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { expectClose } from '../testing/expect-close.ts';
import { averaged, exact, product, sum } from '../testing/update-bounds.ts';
import { type LarsStep, lars } from './lars.ts';

const put = (
  arena: Arena,
  parameters: ArrayLike<number>,
  gradient: ArrayLike<number>,
  velocity: ArrayLike<number>,
) => ({
  parameters: arena.put(parameters),
  nextParameters: arena.output(parameters.length),
  gradient: arena.put(gradient),
  velocity: arena.put(velocity),
  nextVelocity: arena.output(parameters.length),
});

const plain: LarsStep = { samples: 1, learningRate: 0.25, momentum: 0, weightDecay: 0 };

describe('lars', () => {
  it('agrees with the reference with any numbers', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const samples = fc.integer({ min: 1, max: 1000 });
    const step = fc.record({ samples, learningRate: unit, momentum: unit, weightDecay: unit });
    fc.assert(
      fc.property(fc.nat(20), step, fc.nat(), (vectors, numbers, seed) => {
        const length = vectors * 4;
        const [p, g, v] = [
          pseudoRandom(length, seed),
          pseudoRandom(length, seed + 1, 100),
          pseudoRandom(length, seed + 2),
        ];
        const expected = reference.lars(p, g, v, numbers);
        const bounds = Array.from(p, (value, i) => {
          const gradient = averaged(g[i]!, numbers.samples, numbers.weightDecay, value);
          const kept = product(exact(numbers.momentum), exact(v[i]!));
          const velocity = sum(kept, product(gradient, exact(numbers.learningRate)));
          return { velocity: velocity.error, parameter: sum(exact(value), velocity).error + velocity.error };
        });
        onEveryBuild((arena) => {
          const at = put(arena, p, g, v);
          arena.run(() => lars(arena.k, at, length, numbers));
          expectClose('velocity', arena.floats(at.nextVelocity, length), expected.velocity, (i) => bounds[i]!.velocity);
          const next = arena.floats(at.nextParameters, length);
          expectClose('parameters', next, expected.parameters, (i) => bounds[i]!.parameter);
        });
      }),
      { seed: 16, numRuns: 100 },
    );
  });

  it.each<[string, Partial<LarsStep>, number, number]>([
    ['plain', {}, 1.5, 0.5],
    ['samples', { samples: 4 }, 1.875, 0.125],
    ['weight decay adds λp', { weightDecay: 0.5 }, 1.25, 0.75],
    ['momentum, in which the rate is already', { momentum: 0.5 }, -2.5, 4.5],
  ])('has the value by hand: %s', (_, numbers, parameter, velocity) => {
    onEveryBuild((arena) => {
      const at = put(arena, [2, 2, 2, 2], [2, 2, 2, 2], [8, 8, 8, 8]);
      arena.run(() => lars(arena.k, at, 4, { ...plain, ...numbers }));
      expect([...arena.floats(at.nextParameters, 4)]).toEqual(new Array(4).fill(parameter));
      expect([...arena.floats(at.nextVelocity, 4)]).toEqual(new Array(4).fill(velocity));
    });
  });

  it.each<[string, Partial<LarsStep>]>([
    ['no samples', { samples: 0 }],
    ['a rate that is not a number', { learningRate: Number.NaN }],
    ['an infinite momentum', { momentum: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_, numbers) => {
    onEveryBuild((arena) => {
      const at = put(arena, [2, 2, 2, 2], [1, 1, 1, 1], [0, 0, 0, 0]);
      const before = arena.k.i32.slice();
      expect(() => lars(arena.k, at, 4, { ...plain, ...numbers })).toThrow(
        expect.objectContaining({ code: 'KERNEL_ARGUMENT' }),
      );
      expect(Buffer.compare(new Uint8Array(before.buffer), new Uint8Array(arena.k.i32.buffer))).toBe(0);
    });
  });
});
