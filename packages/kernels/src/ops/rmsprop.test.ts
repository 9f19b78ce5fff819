import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { expectClose } from '../testing/expect-close.ts';
import { averaged, blended, exact, product, quotient, root, sum } from '../testing/update-bounds.ts';
import { type RmspropPointers, type RmspropStep, rmsprop } from './rmsprop.ts';

interface State {
  readonly squares: ArrayLike<number>;
  readonly average?: ArrayLike<number> | undefined;
  readonly velocity?: ArrayLike<number> | undefined;
}

function put(arena: Arena, parameters: ArrayLike<number>, gradient: ArrayLike<number>, state: State): RmspropPointers {
  const { length } = parameters;
  const { squares, average, velocity } = state;
  return {
    parameters: arena.put(parameters),
    nextParameters: arena.output(length),
    gradient: arena.put(gradient),
    squares: arena.put(squares),
    nextSquares: arena.output(length),
    average: average && arena.put(average),
    nextAverage: average && arena.output(length),
    velocity: velocity && arena.put(velocity),
    nextVelocity: velocity && arena.output(length),
  };
}

const plain: RmspropStep = { samples: 2, learningRate: 0.5, alpha: 0.75, eps: 1, momentum: 0.5, weightDecay: 0 };
const four = (value: number): number[] => new Array<number>(4).fill(value);

describe('rmsprop', () => {
  it('agrees with the reference with any numbers', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const step = fc.record({
      samples: fc.integer({ min: 1, max: 1000 }),
      learningRate: unit,
      alpha: unit,
      eps: fc.constantFrom(1e-8, 1e-3, 1),
      momentum: unit,
      weightDecay: unit,
    });
    const forms = fc.tuple(fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(fc.nat(20), step, forms, fc.nat(), (vectors, numbers, [centred, moving], seed) => {
        const length = vectors * 4;
        const [p, g] = [pseudoRandom(length, seed), pseudoRandom(length, seed + 1, 100)];
        const average = centred ? pseudoRandom(length, seed + 2, 0.5) : undefined;
        // At least the square of the average, as the average of squares is.
        const squares = pseudoRandom(length, seed + 3).map((value, i) => value * value + (average?.[i] ?? 0) ** 2);
        const velocity = moving ? pseudoRandom(length, seed + 4) : undefined;
        const expected = reference.rmsprop(p, g, { squares, average, velocity }, numbers);
        const bounds = Array.from(p, (value, i) => {
          const { samples, weightDecay, alpha, eps, momentum, learningRate } = numbers;
          const gradient = averaged(g[i]!, samples, weightDecay, value);
          const square = blended(alpha, squares[i]!, product(gradient, gradient));
          const mean = average ? blended(alpha, average[i]!, gradient) : exact(0);
          const centre = product(mean, mean);
          const variance = sum(square, { value: -centre.value, error: centre.error });
          const scale = sum(root({ value: Math.max(0, variance.value), error: variance.error }), exact(eps));
          const kept = velocity ? product(exact(momentum), exact(velocity[i]!)) : exact(0);
          const direction = sum(kept, quotient(gradient, scale));
          const parameter = sum(exact(value), product(direction, exact(-learningRate)));
          return { square: square.error, mean: mean.error, velocity: direction.error, parameter: parameter.error };
        });
        onEveryBuild((arena) => {
          const at = put(arena, p, g, { squares, average, velocity });
          arena.run(() => rmsprop(arena.k, at, length, numbers));
          const compare = (what: 'squares' | 'average' | 'velocity' | 'parameters', pointer: number | undefined) => {
            const bound = {
              squares: 'square',
              average: 'mean',
              velocity: 'velocity',
              parameters: 'parameter',
            } as const;
            if (pointer === undefined) return;
            expectClose(what, arena.floats(pointer, length), expected[what], (i) => bounds[i]![bound[what]]);
          };
          compare('squares', at.nextSquares);
          compare('average', at.nextAverage);
          compare('velocity', at.nextVelocity);
          compare('parameters', at.nextParameters);
        });
      }),
      { seed: 14, numRuns: 150 },
    );
  });

  it.each<[string, Partial<RmspropStep>, Partial<State>, number, number]>([
    // g = 4, squares' = ¾·16 + ¼·16: 4/(4 + 1)
    ['plain', {}, {}, 2 - 0.5 * 0.8, 16],
    ['weight decay adds λp', { weightDecay: 2 }, {}, 2 - 0.5 * (8 / (Math.sqrt(28) + 1)), 28],
    // mean' = ¾·4 + ¼·4, so that the variance is 0
    ['centred', {}, { average: four(4) }, 2 - 0.5 * 4, 16],
    ['centred, beyond the squares by rounding', {}, { average: four(5) }, 2 - 0.5 * 4, 16],
    ['momentum', {}, { velocity: four(2) }, 2 - 0.5 * (1 + 0.8), 16],
  ])('has the value by hand: %s', (_, numbers, state, parameter, squares) => {
    onEveryBuild((arena) => {
      const at = put(arena, four(2), four(8), { squares: four(16), ...state });
      arena.run(() => rmsprop(arena.k, at, 4, { ...plain, ...numbers }));
      expectClose('parameters', arena.floats(at.nextParameters, 4), four(parameter), 2e-7);
      expect([...arena.floats(at.nextSquares, 4)]).toEqual(four(squares));
    });
  });

  it.each<[string, Partial<RmspropStep>]>([
    ['no samples', { samples: 0 }],
    ['an eps of 0', { eps: 0 }],
    ['a rate that is not a number', { learningRate: Number.NaN }],
    ['an infinite α', { alpha: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_, numbers) => {
    onEveryBuild((arena) => {
      const at = put(arena, four(1), four(1), { squares: four(1) });
      const before = arena.k.i32.slice();
      expect(() => rmsprop(arena.k, at, 4, { ...plain, ...numbers })).toThrow(
        expect.objectContaining({ code: 'KERNEL_ARGUMENT' }),
      );
      expect(Buffer.compare(new Uint8Array(before.buffer), new Uint8Array(arena.k.i32.buffer))).toBe(0);
    });
  });

  it('refuses an average or a velocity without a place for the next', () => {
    onEveryBuild((arena) => {
      const at = put(arena, four(1), four(1), { squares: four(1) });
      for (const name of ['average', 'velocity']) {
        const call = () => rmsprop(arena.k, { ...at, [name]: at.squares }, 4, plain);
        expect(call).toThrow(expect.objectContaining({ code: 'KERNEL_POINTER' }));
      }
    });
  });
});
