import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { expectClose, roundoff } from '../testing/expect-close.ts';
import { type SgdStep, sgd } from './sgd.ts';

function put(arena: Arena, parameters: ArrayLike<number>, gradient: ArrayLike<number>, velocity: ArrayLike<number>) {
  return {
    parameters: arena.put(parameters),
    nextParameters: arena.output(parameters.length),
    gradient: arena.put(gradient),
    velocity: arena.put(velocity),
    nextVelocity: arena.output(parameters.length),
  };
}

describe('sgd', () => {
  it('agrees with the reference with any numbers', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const step = fc.record({
      samples: fc.integer({ min: 1, max: 1000 }),
      learningRate: unit,
      momentum: unit,
      weightDecay: unit,
      nesterov: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), step, fc.nat(), (vectors, numbers, seed) => {
        const length = vectors * 4;
        const [p, g, v] = [
          pseudoRandom(length, seed),
          pseudoRandom(length, seed + 1, 100),
          pseudoRandom(length, seed + 2),
        ];
        const expected = reference.sgd(p, g, v, numbers);
        // At most eight roundings, each of a value below 1 + |p| + |g| + |v|, twice over with Nesterov.
        const bound = (i: number) => 16 * roundoff * (1 + Math.abs(p[i]!) + Math.abs(g[i]!) + Math.abs(v[i]!));
        onEveryBuild((arena) => {
          const at = put(arena, p, g, v);
          arena.run(() => sgd(arena.k, at, length, numbers));
          expectClose('velocity', arena.floats(at.nextVelocity, length), expected.velocity, bound);
          expectClose('parameters', arena.floats(at.nextParameters, length), expected.parameters, bound);
        });
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  it('takes the three steps of the lectures', () => {
    // w₃ = w₂ − α²ηg₁ − αηg₂ − ηg₃, in numbers that float32 holds exactly.
    const [alpha, eta] = [0.5, 0.25];
    const [w0, g1, g2, g3] = [8, 1, 2, -4];
    const w1 = w0 - eta * g1;
    const w2 = w1 - alpha * eta * g1 - eta * g2;
    const w3 = w2 - alpha ** 2 * eta * g1 - alpha * eta * g2 - eta * g3;
    onEveryBuild((arena) => {
      const gradients = [g1, g2, g3].map((g) => arena.put([g, g, g, g]));
      const [weights, velocities] = [0, 1].map((v) =>
        [0, 1].map((parity) => arena.put(new Array<number>(4).fill(v === 0 && parity === 0 ? w0 : 0))),
      ) as [number[], number[]];
      const step: SgdStep = { samples: 1, learningRate: eta, momentum: alpha, weightDecay: 0, nesterov: false };
      const seen = gradients.map((gradient, i) => {
        const at = {
          parameters: weights[i % 2]!,
          nextParameters: weights[(i + 1) % 2]!,
          gradient,
          velocity: velocities[i % 2]!,
          nextVelocity: velocities[(i + 1) % 2]!,
        };
        sgd(arena.k, at, 4, step);
        return arena.floats(at.nextParameters, 4)[3];
      });
      expect(seen).toEqual([w1, w2, w3]);
    });
  });

  it.each<[string, Partial<SgdStep>, number, number]>([
    ['plain', {}, 1.5, 2],
    ['samples', { samples: 4 }, 1.875, 0.5],
    ['weight decay adds λw', { weightDecay: 0.5 }, 1.25, 3],
    ['momentum', { momentum: 0.5 }, 0.5, 6],
    ['Nesterov', { momentum: 0.5, nesterov: true }, 0.75, 6],
  ])('has the value by hand: %s', (_, numbers, parameter, velocity) => {
    onEveryBuild((arena) => {
      const at = put(arena, [2, 2, 2, 2], [2, 2, 2, 2], [8, 8, 8, 8]);
      const step = { samples: 1, learningRate: 0.25, momentum: 0, weightDecay: 0, nesterov: false, ...numbers };
      arena.run(() => sgd(arena.k, at, 4, step));
      expect([...arena.floats(at.nextParameters, 4)]).toEqual(new Array(4).fill(parameter));
      expect([...arena.floats(at.nextVelocity, 4)]).toEqual(new Array(4).fill(velocity));
    });
  });

  it.each<[string, Partial<SgdStep>]>([
    ['no samples', { samples: 0 }],
    ['a rate that is not a number', { learningRate: Number.NaN }],
    ['an infinite momentum', { momentum: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_, numbers) => {
    onEveryBuild((arena) => {
      const at = put(arena, [2, 2, 2, 2], [1, 1, 1, 1], [0, 0, 0, 0]);
      const step = { samples: 1, learningRate: 0.25, momentum: 0, weightDecay: 0, nesterov: false, ...numbers };
      const before = arena.k.i32.slice();
      expect(() => sgd(arena.k, at, 4, step)).toThrow(expect.objectContaining({ code: 'KERNEL_ARGUMENT' }));
      expect(Buffer.compare(new Uint8Array(before.buffer), new Uint8Array(arena.k.i32.buffer))).toBe(0);
    });
  });
});
