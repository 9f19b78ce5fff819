import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import { normBounds } from '../testing/norm-bounds.ts';
import { type GroupNormSize, groupNormBackward, groupNormForward, groupNormScratchFloats } from './group-norm.ts';
import { reluBackward, reluForward } from './relu.ts';

const eps = 1e-3;
const lengthOf = ({ images, pixels, channels }: GroupNormSize) => images * pixels * channels;

function random(size: GroupNormSize, seed: number, offset = 0) {
  return {
    x: pseudoRandom(lengthOf(size), seed).map((value) => value + offset),
    dy: pseudoRandom(lengthOf(size), seed + 1),
    weight: pseudoRandom(size.channels, seed + 2),
    bias: pseudoRandom(size.channels, seed + 3),
  };
}

/** Everything but x, dy and what is made of them. */
const place = (
  arena: Arena,
  { images, channels, groups }: GroupNormSize,
  vectors: Record<'weight' | 'bias', ArrayLike<number>>,
) => ({
  weight: arena.put(vectors.weight),
  bias: arena.put(vectors.bias),
  mean: arena.output(images * groups),
  inverse: arena.output(images * groups),
  dweight: arena.output(channels),
  dbias: arena.output(channels),
  scratch: arena.scratch(groupNormScratchFloats(channels) * 4),
});

describe('reference', () => {
  it('has gradients that central differences agree with', () => {
    const size = { images: 2, pixels: 3, channels: 4, groups: 2 };
    const { x, dy, weight, bias } = random(size, 1);
    const loss = (input: ArrayLike<number>, scale: ArrayLike<number>, shift: ArrayLike<number>) =>
      dot(reference.groupNormForward(input, size, eps, scale, shift).y, dy);
    const gradients = reference.groupNormBackward(x, dy, size, eps, weight);
    const expected = {
      dx: centralDifferences([...x], (input) => loss(input, weight, bias), 1e-5),
      dweight: centralDifferences([...weight], (scale) => loss(x, scale, bias), 1e-5),
      dbias: centralDifferences([...bias], (shift) => loss(x, weight, shift), 1e-5),
    };
    for (const name of ['dx', 'dweight', 'dbias'] as const) expectClose(name, gradients[name], expected[name], 1e-8);
  });
});

describe('group norm', () => {
  it('agrees with the reference on any size, also in place', () => {
    const sizes = fc.record({
      images: fc.integer({ min: 0, max: 3 }),
      pixels: fc.integer({ min: 1, max: 13 }),
      groups: fc.integer({ min: 1, max: 9 }),
      size: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(sizes, fc.constantFrom(0, 3), fc.nat(), ({ size, ...rest }, offset, seed) => {
        const layout = { ...rest, channels: rest.groups * size };
        const { images, pixels, channels, groups } = layout;
        const values = random(layout, seed, offset);
        const { x, dy, weight, bias } = values;
        const forward = reference.groupNormForward(x, layout, eps, weight, bias);
        const backward = reference.groupNormBackward(x, dy, layout, eps, weight);
        const groupOf = (i: number) => Math.floor(i / (pixels * channels)) * groups + Math.floor((i % channels) / size);
        const bounds = normBounds(forward, groupOf, values);
        onEveryBuild((arena) => {
          const [xAt, dyAt] = [arena.put(x), arena.put(dy)];
          const [y, dx] = [arena.output(x.length), arena.output(x.length)];
          const at = place(arena, layout, values);
          arena.run(() => {
            groupNormForward(arena.k, xAt, y, layout, eps, at);
            groupNormBackward(arena.k, xAt, dyAt, dx, layout, at);
          });
          // Sums are of runs of float32 deviations.
          const close = (i: number) => roundoff * (Math.abs(forward.mean[i]!) + 4 / forward.inverse[i]!);
          expectClose('mean', arena.floats(at.mean, images * groups), forward.mean, close);
          const near = (i: number) => 16 * roundoff * forward.inverse[i]!;
          expectClose('inverse', arena.floats(at.inverse, images * groups), forward.inverse, near);
          expectClose('y', arena.floats(y, x.length), forward.y, bounds.y);
          expectClose('dx', arena.floats(dx, x.length), backward.dx, bounds.dx);
          expectClose('dweight', arena.floats(at.dweight, channels), backward.dweight, bounds.dweight);
          expectClose('dbias', arena.floats(at.dbias, channels), backward.dbias, bounds.dbias);
          const gradients = [at.dweight, at.dbias].map((pointer) => arena.integers(pointer, channels));
          const [yBits, dxBits] = [arena.integers(y, x.length), arena.integers(dx, x.length)];
          arena.clear();

          const [inPlace, gradient] = [arena.inPlace(arena.put(x)), arena.inPlace(arena.put(dy))];
          const [again, other, otherDy] = [place(arena, layout, values), arena.put(x), arena.put(dy)];
          arena.run(() => {
            groupNormForward(arena.k, inPlace, inPlace, layout, eps, again);
            groupNormBackward(arena.k, other, otherDy, 0, layout, again);
            groupNormBackward(arena.k, other, gradient, gradient, layout, { ...again, dweight: 0, dbias: 0 });
          });
          expect(arena.integers(inPlace, x.length)).toEqual(yBits);
          expect(arena.integers(gradient, x.length)).toEqual(dxBits);
          expect([again.dweight, again.dbias].map((pointer) => arena.integers(pointer, channels))).toEqual(gradients);
        });
      }),
      { seed: 4, numRuns: 80 },
    );
  });

  it('is exactly its bias where a group is constant', () => {
    for (const [pixels, groups] of [
      [1, 1],
      [9, 2],
      [50, 6],
    ] as const) {
      const layout = { images: 2, pixels, channels: 6, groups };
      for (const value of [0, 1e-20, 0.1, 1e4 / 3, 3e38]) {
        onEveryBuild((arena) => {
          const x = arena.put(new Float32Array(lengthOf(layout)).fill(value));
          const at = place(arena, layout, { weight: new Float32Array(6).fill(2), bias: [1, 2, 3, 4, 5, 6] });
          const y = arena.output(lengthOf(layout));
          groupNormForward(arena.k, x, y, layout, 1e-12, at);
          expect([...arena.floats(y, lengthOf(layout))]).toEqual(
            Array.from({ length: lengthOf(layout) }, (_, i) => 1 + (i % 6)),
          );
        });
      }
    }
  });

  it('takes eps inside the root, and one mean for all channels of a group', () => {
    // Of the first image 1, 3 (mean 2, variance 1) and 5, 5; of the second 0, 0 and 4, 8 (mean 6, variance 4).
    const layout = { images: 2, pixels: 1, channels: 4, groups: 2 };
    onEveryBuild((arena) => {
      const [x, y] = [arena.put([1, 3, 5, 5, 0, 0, 4, 8]), arena.output(8)];
      const at = place(arena, layout, { weight: [1, 1, 1, 1], bias: [0, 0, 0, 0] });
      groupNormForward(arena.k, x, y, layout, 3, at);
      const last = Math.fround(2 * Math.fround(1 / Math.sqrt(7)));
      expect([...arena.floats(y, 8)]).toEqual([-0.5, 0.5, 0, 0, 0, 0, -last, last]);
      expect([...arena.floats(at.mean, 4)]).toEqual([2, 5, 0, 6]);
    });
  });

  it('loses nothing to a big mean', () => {
    const layout = { images: 1, pixels: 400, channels: 6, groups: 2 };
    const x = pseudoRandom(2400, 1, 0.01).map((value) => value + 1e4);
    const vectors = { weight: new Float32Array(6).fill(1), bias: new Float32Array(6) };
    const expected = reference.groupNormForward(x, layout, 1e-5, vectors.weight, vectors.bias);
    onEveryBuild((arena) => {
      const [from, y, at] = [arena.put(x), arena.output(2400), place(arena, layout, vectors)];
      groupNormForward(arena.k, from, y, layout, 1e-5, at);
      expectClose('mean', arena.floats(at.mean, 2), expected.mean, (i) => roundoff * expected.mean[i]!);
      expectClose(
        'inverse',
        arena.floats(at.inverse, 2),
        expected.inverse,
        (i) => 1.01 * roundoff * expected.inverse[i]!,
      );
    });
  });

  it('has the bits of an image whatever images are beside it', () => {
    const layout = { images: 3, pixels: 5, channels: 6, groups: 3 };
    const values = random(layout, 1);
    const output = (arena: Arena, x: Float32Array, images: number): Float32Array => {
      const [from, y] = [arena.put(x), arena.output(x.length)];
      groupNormForward(arena.k, from, y, { ...layout, images }, eps, place(arena, { ...layout, images }, values));
      return arena.floats(y, x.length);
    };
    onEveryBuild((arena) => {
      const all = output(arena, values.x, 3);
      expect(output(arena, values.x.subarray(30, 60), 1)).toEqual(all.subarray(30, 60));
    });
  });

  it('with a fused ReLU has the bits of a ReLU apart, forward and backward', () => {
    for (const layout of [
      { images: 2, pixels: 5, channels: 12, groups: 3 },
      { images: 3, pixels: 7, channels: 5, groups: 5 },
    ]) {
      const floats = lengthOf(layout);
      const values = random(layout, 7);
      onEveryBuild((arena) => {
        const [x, dy, masked] = [arena.put(values.x), arena.put(values.dy), arena.output(floats)];
        const [apart, fused] = [place(arena, layout, values), place(arena, layout, values)];
        const [y, dx, fusedY, fusedDx] = [1, 2, 3, 4].map(() => arena.output(floats)) as [
          number,
          number,
          number,
          number,
        ];
        arena.run(() => {
          groupNormForward(arena.k, x, y, layout, eps, apart);
          reluForward(arena.k, y, y, floats);
          reluBackward(arena.k, y, dy, masked, floats);
          groupNormBackward(arena.k, x, masked, dx, layout, apart);
          groupNormForward(arena.k, x, fusedY, layout, eps, { ...fused, relu: true });
          groupNormBackward(arena.k, x, dy, fusedDx, layout, { ...fused, relu: true });
        });
        expect(arena.integers(fusedY, floats)).toEqual(arena.integers(y, floats));
        expect(arena.integers(fusedDx, floats)).toEqual(arena.integers(dx, floats));
        for (const name of ['dweight', 'dbias'] as const) {
          expect(arena.integers(fused[name], layout.channels)).toEqual(arena.integers(apart[name], layout.channels));
        }
        expect(arena.floats(fusedY, floats).filter((value) => value === 0).length).toBeGreaterThan(0);
      });
    }
  });

  it('is NaN in a group with NaN, and in no other', () => {
    const layout = { images: 2, pixels: 3, channels: 4, groups: 2 };
    const values = random(layout, 1);
    onEveryBuild((arena) => {
      const [x, y] = [arena.put(values.x.with(6, Number.NaN)), arena.output(24)];
      groupNormForward(arena.k, x, y, layout, eps, place(arena, layout, values));
      expect(Array.from(arena.floats(y, 24), Number.isNaN)).toEqual(
        Array.from({ length: 24 }, (_, i) => i < 12 && i % 4 >= 2),
      );
    });
  });
});
