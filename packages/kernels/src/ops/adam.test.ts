import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { expectClose } from '../testing/expect-close.ts';
import { averaged, blended, exact, product, quotient, root, sum } from '../testing/update-bounds.ts';
import { type AdamPointers, type AdamStep, adam } from './adam.ts';

interface State {
  readonly average: ArrayLike<number>;
  readonly squares: ArrayLike<number>;
  readonly largest?: ArrayLike<number> | undefined;
}

function put(arena: Arena, parameters: ArrayLike<number>, gradient: ArrayLike<number>, state: State) {
  const { length } = parameters;
  const at = {
    parameters: arena.put(parameters),
    nextParameters: arena.output(length),
    gradient: arena.put(gradient),
    average: arena.put(state.average),
    nextAverage: arena.output(length),
    squares: arena.put(state.squares),
    nextSquares: arena.output(length),
  };
  if (!state.largest) return at;
  return { ...at, largest: arena.put(state.largest), nextLargest: arena.output(length) };
}

const plain: AdamStep = {
  samples: 2,
  learningRate: 0.25,
  beta1: 0.5,
  beta2: 0.75,
  eps: 2,
  correction1: 0.5,
  correction2: 0.25,
  weightDecay: 0,
  decoupledWeightDecay: 0,
};

describe('adam', () => {
  it('agrees with the reference with any numbers', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const positive = fc.double({ min: 1e-3, max: 1, noNaN: true });
    const step = fc.record({
      samples: fc.integer({ min: 1, max: 1000 }),
      learningRate: unit,
      beta1: unit,
      beta2: unit,
      eps: fc.constantFrom(1e-8, 1e-3, 1),
      correction1: positive,
      correction2: positive,
      weightDecay: unit,
      decoupledWeightDecay: unit,
    });
    fc.assert(
      fc.property(fc.nat(20), step, fc.boolean(), fc.nat(), (vectors, numbers, amsgrad, seed) => {
        const length = vectors * 4;
        const [p, g, average] = [
          pseudoRandom(length, seed),
          pseudoRandom(length, seed + 1, 100),
          pseudoRandom(length, seed + 2),
        ];
        const squares = pseudoRandom(length, seed + 3).map((value) => value * value);
        const largest = amsgrad ? pseudoRandom(length, seed + 4).map((value) => value * value) : undefined;
        const expected = reference.adam(p, g, { average, squares, largest }, numbers);
        const bounds = Array.from(p, (value, i) => {
          const { samples, weightDecay, beta1, beta2, learningRate, correction1, correction2, eps } = numbers;
          const gradient = averaged(g[i]!, samples, weightDecay, value);
          const first = blended(beta1, average[i]!, gradient);
          const second = blended(beta2, squares[i]!, product(gradient, gradient));
          const most = { value: expected.largest[i]!, error: second.error };
          const scale = sum(quotient(root(most), exact(Math.sqrt(correction2))), exact(eps));
          const change = product(quotient(first, scale), exact(-learningRate / correction1));
          const kept = product(exact(value), exact(1 - learningRate * numbers.decoupledWeightDecay));
          return { first: first.error, second: second.error, parameter: sum(kept, change).error };
        });
        onEveryBuild((arena) => {
          const at: AdamPointers = put(arena, p, g, { average, squares, largest });
          arena.run(() => adam(arena.k, at, length, numbers));
          expectClose('average', arena.floats(at.nextAverage, length), expected.average, (i) => bounds[i]!.first);
          expectClose('squares', arena.floats(at.nextSquares, length), expected.squares, (i) => bounds[i]!.second);
          const next = arena.floats(at.nextParameters, length);
          expectClose('parameters', next, expected.parameters, (i) => bounds[i]!.parameter);
          if (at.nextLargest === undefined) return;
          expectClose('largest', arena.floats(at.nextLargest, length), expected.largest, (i) => bounds[i]!.second);
        });
      }),
      { seed: 12, numRuns: 100 },
    );
  });

  // p = 2, g = 4/2, m = 0, v = 0: m' = 1, v' = 1, and (m'/½)/(√(v'/¼) + 2) = ½.
  it.each<[string, Partial<AdamStep>, number[], number | undefined]>([
    ['plain', {}, [1.875, 1, 1], undefined],
    ['weight decay adds λp to the gradient', { weightDecay: 1 }, [2 - 0.25 * (4 / 6), 2, 4], undefined],
    ['decoupled weight decay shrinks p', { decoupledWeightDecay: 0.5 }, [1.625, 1, 1], undefined],
    ['AMSGrad takes the largest so far', {}, [2 - 0.25 * (2 / 10), 1, 1], 16],
    ['AMSGrad, a new largest', {}, [1.875, 1, 1], 0.5],
  ])('has the value by hand: %s', (_, numbers, [parameter, average, squares], largest) => {
    onEveryBuild((arena) => {
      const four = (value: number) => new Array<number>(4).fill(value);
      const state = { average: four(0), squares: four(0), largest: largest === undefined ? undefined : four(largest) };
      const at: AdamPointers = put(arena, four(2), four(4), state);
      arena.run(() => adam(arena.k, at, 4, { ...plain, ...numbers }));
      expect([...arena.floats(at.nextParameters, 4)]).toEqual(four(Math.fround(parameter!)));
      expect([...arena.floats(at.nextAverage, 4)]).toEqual(four(average!));
      expect([...arena.floats(at.nextSquares, 4)]).toEqual(four(squares!));
      if (largest === undefined) return;
      expect([...arena.floats(at.nextLargest!, 4)]).toEqual(four(Math.max(largest, squares!)));
    });
  });

  it.each<[string, Partial<AdamStep>]>([
    ['no samples', { samples: 0 }],
    ['an eps of 0', { eps: 0 }],
    ['a correction of 0, that of step 0', { correction1: 0 }],
    ['a rate that is not a number', { learningRate: Number.NaN }],
    ['an infinite β', { beta2: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_, numbers) => {
    onEveryBuild((arena) => {
      const four = [1, 1, 1, 1];
      const at = put(arena, four, four, { average: four, squares: four });
      const before = arena.k.i32.slice();
      expect(() => adam(arena.k, at, 4, { ...plain, ...numbers })).toThrow(
        expect.objectContaining({ code: 'KERNEL_ARGUMENT' }),
      );
      expect(Buffer.compare(new Uint8Array(before.buffer), new Uint8Array(arena.k.i32.buffer))).toBe(0);
    });
  });

  it('refuses a largest without a place for the next', () => {
    onEveryBuild((arena) => {
      const four = [1, 1, 1, 1];
      const at = put(arena, four, four, { average: four, squares: four });
      expect(() => adam(arena.k, { ...at, largest: at.squares }, 4, plain)).toThrow(/adam: nextLargest: expected/);
    });
  });
});
