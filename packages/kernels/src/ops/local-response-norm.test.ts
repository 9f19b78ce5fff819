import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import {
  type LocalResponseNormSize,
  localResponseNormBackward,
  localResponseNormForward,
  localResponseNormScratchFloats,
} from './local-response-norm.ts';

const scratchOf = (arena: Arena, layer: LocalResponseNormSize): number =>
  arena.scratch(localResponseNormScratchFloats(layer) * 4);

function outputOf(arena: Arena, x: ArrayLike<number>, layer: LocalResponseNormSize): Float32Array {
  const [from, y, scratch] = [arena.put(x), arena.output(x.length), scratchOf(arena, layer)];
  arena.run(() => localResponseNormForward(arena.k, from, y, layer, scratch));
  return arena.floats(y, x.length);
}

describe('reference', () => {
  it('has a gradient that central differences agree with', () => {
    for (const size of [1, 2, 3, 6, 20]) {
      const layer = { channels: 7, size, alpha: 2, beta: 0.75, k: 0.5 };
      const [x, dy] = [[...pseudoRandom(14, 1)], pseudoRandom(14, 2)];
      const dx = centralDifferences(x, (input) => dot(reference.localResponseNormForward(input, layer), dy), 1e-5);
      expectClose('dx', reference.localResponseNormBackward(x, dy, layer), dx, 1e-9);
    }
  });
});

describe('local response norm', () => {
  it('agrees with the reference on any size, also in place', () => {
    const layers = fc.record({
      rows: fc.integer({ min: 0, max: 4 }),
      channels: fc.integer({ min: 1, max: 19 }),
      size: fc.integer({ min: 1, max: 23 }),
      alpha: fc.constantFrom(0, 1e-4, 1, 30),
      beta: fc.constantFrom(0, 0.5, 0.75, 1, 2.3),
      k: fc.constantFrom(1e-3, 1, 2),
    });
    fc.assert(
      fc.property(layers, fc.nat(), (layer, seed) => {
        const { rows, channels, size, beta } = layer;
        const length = rows * channels;
        const [x, dy] = [pseudoRandom(length, seed, 3), pseudoRandom(length, seed + 1)];
        const y = reference.localResponseNormForward(x, layer);
        const dx = reference.localResponseNormBackward(x, dy, layer);
        // Each operation of d rounds once; its power is off by beta times that.
        const relative = (beta * (size + 3) + 5) * roundoff;
        const close = (i: number) => relative * Math.abs(y[i]!);
        // The terms of dx without their signs: of |x| and |dy| it is |dy|·d^−beta less the others.
        const less = reference.localResponseNormBackward(x.map(Math.abs), dy.map(Math.abs), layer);
        const terms = (i: number) => 2 * Math.abs((dy[i]! * y[i]!) / x[i]!) - less[i]!;
        const closeGradient = (i: number) => 2 * relative * terms(i) + 1e-44;
        onEveryBuild((arena) => {
          const [xAt, dyAt, scratch] = [arena.put(x), arena.put(dy), scratchOf(arena, layer)];
          const [yAt, dxAt] = [arena.output(length), arena.output(length)];
          arena.run(() => {
            localResponseNormForward(arena.k, xAt, yAt, layer, scratch);
            localResponseNormBackward(arena.k, xAt, dyAt, dxAt, layer, scratch);
          });
          expectClose('y', arena.floats(yAt, length), y, close);
          expectClose('dx', arena.floats(dxAt, length), dx, closeGradient);
          const bits = [yAt, dxAt].map((pointer) => arena.integers(pointer, length));
          arena.clear();

          const [inPlace, gradient] = [arena.inPlace(arena.put(x)), arena.inPlace(arena.put(dy))];
          const [other, again] = [arena.put(x), scratchOf(arena, layer)];
          arena.run(() => {
            localResponseNormForward(arena.k, inPlace, inPlace, layer, again);
            localResponseNormBackward(arena.k, other, gradient, gradient, layer, again);
          });
          expect([inPlace, gradient].map((pointer) => arena.integers(pointer, length))).toEqual(bits);
        });
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  it('has windows that begin size/2 channels before, rounded down, and divides alpha by size at the ends too', () => {
    const x = [1, 0, 0, 0, 0, 2];
    // d = 1 + Σ x², since alpha is the size; beta 1.
    for (const [size, d] of [
      [1, [2, 1, 1, 1, 1, 5]],
      [2, [2, 2, 1, 1, 1, 5]],
      [3, [2, 2, 1, 1, 5, 5]],
      [4, [2, 2, 2, 1, 5, 5]],
    ] as const) {
      const ones = d.map((divisor, i) => x[i]! / divisor);
      onEveryBuild((arena) => {
        const y = outputOf(arena, x, { rows: 1, channels: 6, size, alpha: size, beta: 1, k: 1 });
        expectClose(`size ${size}`, y, ones, (i) => 3 * roundoff * ones[i]!);
        const even = outputOf(
          arena,
          x.map((value) => value + 3),
          { rows: 1, channels: 6, size, alpha: size, beta: 0, k: 1 },
        );
        expect([...even]).toEqual(x.map((value) => value + 3));
      });
    }
  });

  it('has powers within 3 roundoffs over all magnitudes', () => {
    // x has 12 bits, so that its square is exact, and k is next to nothing.
    const x = Float32Array.from({ length: 4000 }, (_, i) => (1 + ((i * 2731) % 4096) / 4096) * 2 ** ((i % 96) - 48));
    for (const beta of [0.25, 0.5, 0.75, 1, 1.3]) {
      const y = Array.from(x, (value) => value * (value * value + 2 ** -126) ** -beta);
      onEveryBuild((arena) => {
        const got = outputOf(arena, x, { rows: 1000, channels: 4, size: 1, alpha: 1, beta, k: 2 ** -126 });
        expectClose(`beta ${beta}`, got, y, (i) => 4 * roundoff * y[i]!);
      });
    }
  });

  it('is NaN where the window has a NaN, or overflows, and nowhere else', () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 1e30]) {
      onEveryBuild((arena) => {
        const y = outputOf(arena, [1, 2, wrong, 3, 4, 5, 6, 7], {
          rows: 1,
          channels: 8,
          size: 3,
          alpha: 1,
          beta: 0.75,
          k: 1,
        });
        expect(Array.from(y, Number.isNaN)).toEqual([false, true, true, true, false, false, false, false]);
      });
    }
  });
});
