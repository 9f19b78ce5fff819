import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import { normBounds } from '../testing/norm-bounds.ts';
import { layerNormBackward, layerNormForward, layerNormParameterGradient } from './layer-norm.ts';

const eps = 1e-3;

/** Random values around `offset`, of a layer of some size. */
function random(rows: number, length: number, seed: number, offset = 0) {
  return {
    x: pseudoRandom(rows * length, seed).map((value) => value + offset),
    dy: pseudoRandom(rows * length, seed + 1),
    weight: pseudoRandom(length, seed + 2),
    bias: pseudoRandom(length, seed + 3),
  };
}

/** The kernel's y for rows of `length`, with weight 1 and bias `bias`. */
function outputOf(arena: Arena, x: ArrayLike<number>, length: number, centred: boolean, small: number, bias = 0) {
  const rows = x.length / length;
  const y = arena.output(x.length);
  const at = {
    weight: arena.put(new Float32Array(length).fill(1)),
    bias: arena.put(new Float32Array(length).fill(bias)),
    mean: arena.output(rows),
    inverse: arena.output(rows),
  };
  const from = arena.put(x);
  arena.run(() => layerNormForward(arena.k, from, y, { rows, length, centred }, small, at));
  return arena.floats(y, x.length);
}

describe.each([true, false])('reference, centred: %s', (centred) => {
  it('has gradients that central differences agree with', () => {
    const { x, dy, weight, bias } = random(3, 5, 1);
    const loss = (input: ArrayLike<number>, scale: ArrayLike<number>, shift: ArrayLike<number>) =>
      dot(reference.layerNormForward(input, centred, eps, scale, shift).y, dy);
    const gradients = reference.layerNormBackward(x, dy, centred, eps, weight);
    const expected = {
      dx: centralDifferences([...x], (input) => loss(input, weight, bias), 1e-5),
      dweight: centralDifferences([...weight], (scale) => loss(x, scale, bias), 1e-5),
      dbias: centralDifferences([...bias], (shift) => loss(x, weight, shift), 1e-5),
    };
    for (const name of ['dx', 'dweight', 'dbias'] as const) expectClose(name, gradients[name], expected[name], 1e-8);
  });
});

describe.each([true, false])('layer norm, centred: %s', (centred) => {
  it('agrees with the reference on any size, also in place', () => {
    const size = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 37 }));
    fc.assert(
      fc.property(size, fc.constantFrom(0, 3), fc.nat(), ([rows, length], offset, seed) => {
        const values = random(rows, length, seed, offset);
        const { x, dy, weight, bias } = values;
        const forward = reference.layerNormForward(x, centred, eps, weight, bias);
        const backward = reference.layerNormBackward(x, dy, centred, eps, weight);
        const bounds = normBounds(forward, (i) => Math.floor(i / length), values);
        const layout = { rows, length, centred };
        onEveryBuild((arena) => {
          const [xAt, dyAt, weightAt, biasAt] = [arena.put(x), arena.put(dy), arena.put(weight), arena.put(bias)];
          const [y, dx] = [arena.output(x.length), arena.output(x.length)];
          const at = { weight: weightAt, bias: biasAt, mean: arena.output(rows), inverse: arena.output(rows) };
          const gradients = { dweight: arena.output(length), dbias: arena.output(length) };
          const alone = arena.output(length);
          arena.run(() => {
            layerNormForward(arena.k, xAt, y, layout, eps, at);
            layerNormBackward(arena.k, xAt, dyAt, dx, layout, at);
            layerNormParameterGradient(arena.k, xAt, dyAt, layout, { ...at, ...gradients });
            layerNormParameterGradient(arena.k, xAt, dyAt, layout, { ...at, dweight: alone, dbias: 0 });
          });
          const close = (i: number) => roundoff * Math.abs(forward.mean[i]!) + 1e-15;
          expectClose('mean', arena.floats(at.mean, rows), forward.mean, close);
          const near = (i: number) => 2 * roundoff * forward.inverse[i]!;
          expectClose('inverse', arena.floats(at.inverse, rows), forward.inverse, near);
          expectClose('y', arena.floats(y, x.length), forward.y, bounds.y);
          expectClose('dx', arena.floats(dx, x.length), backward.dx, bounds.dx);
          expectClose('dweight', arena.floats(gradients.dweight, length), backward.dweight, bounds.dweight);
          expectClose('dbias', arena.floats(gradients.dbias, length), backward.dbias, bounds.dbias);
          expect(arena.integers(alone, length)).toEqual(arena.integers(gradients.dweight, length));
          arena.clear();

          const [inPlace, gradient] = [arena.inPlace(arena.put(x)), arena.inPlace(arena.put(dy))];
          const again = { weight: arena.put(weight), bias: arena.put(bias) };
          const statistics = { mean: arena.output(rows), inverse: arena.output(rows) };
          const other = arena.put(x);
          arena.run(() => {
            layerNormForward(arena.k, inPlace, inPlace, layout, eps, { ...again, ...statistics });
            layerNormBackward(arena.k, other, gradient, gradient, layout, { ...again, ...statistics });
          });
          expectClose('y in place', arena.floats(inPlace, x.length), forward.y, bounds.y);
          expectClose('dx in place', arena.floats(gradient, x.length), backward.dx, bounds.dx);
        });
      }),
      { seed: 3, numRuns: 80 },
    );
  });

  it('has the bits of a row whatever rows are beside it', () => {
    const { x } = random(5, 19, 1);
    onEveryBuild((arena) => {
      const all = outputOf(arena, x, 19, centred, eps);
      const one = outputOf(arena, x.subarray(2 * 19, 3 * 19), 19, centred, eps);
      expect(one).toEqual(all.subarray(2 * 19, 3 * 19));
    });
  });

  it('is NaN in a row with NaN, and in no other', () => {
    const { x } = random(3, 11, 1);
    for (const place of [11, 14, 21]) {
      onEveryBuild((arena) => {
        const y = outputOf(arena, x.with(place, Number.NaN), 11, centred, eps);
        expect(Array.from(y, Number.isNaN)).toEqual(Array.from(x, (_, i) => i >= 11 && i < 22));
      });
    }
  });
});

describe('layer norm', () => {
  it('is exactly its bias of a constant row, of any length', () => {
    for (const length of [1, 3, 8, 100]) {
      for (const value of [0, 1e-20, 0.1, 1e4 / 3, 3e38]) {
        onEveryBuild((arena) => {
          const y = outputOf(arena, new Float32Array(2 * length).fill(value), length, true, 1e-12, 0.3);
          expect([...y]).toEqual(new Array(2 * length).fill(Math.fround(0.3)));
        });
      }
    }
  });

  it('takes eps inside the root', () => {
    // Mean 2, variance 1: (±1)/√(1 + 3).
    onEveryBuild((arena) => expect([...outputOf(arena, [1, 3], 2, true, 3)]).toEqual([-0.5, 0.5]));
    // Mean of the squares 5: 1/√(5 + 4), 3/√(5 + 4).
    onEveryBuild((arena) => {
      expect([...outputOf(arena, [1, 3], 2, false, 4)]).toEqual([Math.fround(1 / 3), 1]);
    });
  });

  it('loses nothing to a big mean, nor to a first element far from all others', () => {
    const length = 5000;
    const x = pseudoRandom(length, 1, 0.01).map((value) => value + 1e4);
    for (const values of [x, pseudoRandom(length, 2).with(0, 1e6)]) {
      const ones = new Float32Array(length).fill(1);
      const expected = reference.layerNormForward(values, true, 1e-5, ones, new Float32Array(length));
      onEveryBuild((arena) => {
        const [mean, inverse] = [arena.output(1), arena.output(1)];
        const at = { weight: arena.put(ones), bias: arena.put(new Float32Array(length)), mean, inverse };
        const [from, y] = [arena.put(values), arena.output(length)];
        arena.run(() => layerNormForward(arena.k, from, y, { rows: 1, length, centred: true }, 1e-5, at));
        expectClose('mean', arena.floats(mean, 1), expected.mean, roundoff * Math.abs(expected.mean[0]!));
        expectClose('inverse', arena.floats(inverse, 1), expected.inverse, 1.01 * roundoff * expected.inverse[0]!);
      });
    }
  });
});
