import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import {
  type UpsampleGeometry,
  type UpsampleShape,
  upsampleBackward,
  upsampleForward,
  upsampleGeometry,
} from './upsample.ts';

const outputs = (g: UpsampleGeometry): number => g.outputHeight * g.outputWidth * g.channels;

function check(g: UpsampleGeometry, images: number, seed: number): void {
  const x = pseudoRandom(images * g.height * g.width * g.channels, seed);
  const dy = pseudoRandom(images * outputs(g), seed + 1);
  // Places may differ by a rounding of the place itself, and so their weights, which sum to one.
  const bound = g.mode === 'nearest' ? 0 : 16 * roundoff * Math.max(g.height, g.width);
  const most = reference.upsampleBackward(g, images, dy.map(Math.abs));
  onEveryBuild((arena) => {
    const [xAt, dyAt] = [arena.put(x), arena.put(dy)];
    const [y, dx] = [arena.output(dy.length), arena.output(x.length)];
    arena.run(() => {
      upsampleForward(arena.k, g, xAt, y, images);
      upsampleBackward(arena.k, g, dyAt, dx, images);
    });
    expectClose('y', arena.floats(y, dy.length), reference.upsampleForward(g, images, x), bound);
    const terms = (4 * g.outputHeight * g.outputWidth) / (g.height * g.width) + 16;
    const gradient = reference.upsampleBackward(g, images, dy);
    expectClose('dx', arena.floats(dx, x.length), gradient, (i) => terms * (roundoff * most[i]! + bound));
  });
}

/** One channel of one image. */
function resized(shape: Omit<UpsampleShape, 'channels'>, x: readonly number[]): number[] {
  const g = upsampleGeometry({ ...shape, channels: 1 });
  let values: number[] = [];
  onEveryBuild((arena) => {
    const [from, to] = [arena.put(x), arena.output(outputs(g))];
    arena.run(() => upsampleForward(arena.k, g, from, to, 1));
    values = [...arena.floats(to, outputs(g))];
  });
  return values;
}

describe('upsampling', () => {
  it.each([
    ['nearest', { mode: 'nearest' }],
    ['bilinear', { mode: 'bilinear' }],
    ['bilinear, aligned corners', { mode: 'bilinear', alignCorners: true }],
  ] as const)('has gradients that central differences agree with, in the reference: %s', (_, mode) => {
    const g = upsampleGeometry({ height: 3, width: 4, channels: 2, size: [5, 7], ...mode });
    const x = [...pseudoRandom(2 * 3 * 4 * 2, 1)];
    const dy = pseudoRandom(2 * outputs(g), 2);
    const dx = centralDifferences(x, (input) => dot(reference.upsampleForward(g, 2, input), dy), 0.5);
    expectClose('dx', reference.upsampleBackward(g, 2, dy), dx, 1e-12);
  });

  it("has the values of PyTorch's examples", () => {
    const square = { height: 2, width: 2, scaleFactor: [2, 2] } as const;
    const x = [1, 2, 3, 4];
    expect(resized({ ...square, mode: 'nearest' }, x)).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    expect(resized({ ...square, mode: 'bilinear' }, x)).toEqual([
      1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4,
    ]);
    const aligned = resized({ ...square, mode: 'bilinear', alignCorners: true }, x);
    const thirds = [3, 4, 5, 6, 5, 6, 7, 8, 7, 8, 9, 10, 9, 10, 11, 12];
    expectClose('aligned', aligned, thirds.map((value) => value / 3), 1e-6); // biome-ignore format: one line
  });

  it('takes the scale from the factor, also where that gives no whole number of pixels', () => {
    const row = { height: 1, width: 3, mode: 'nearest' } as const;
    expect(resized({ ...row, scaleFactor: [1, 1.7] }, [1, 2, 3])).toEqual([1, 1, 2, 2, 3]); // ⌊i/1.7⌋
    expect(resized({ ...row, size: [1, 5] }, [1, 2, 3])).toEqual([1, 1, 2, 2, 3]); // ⌊i·3/5⌋
    expect(resized({ ...row, scaleFactor: [1, 2.6] }, [1, 2, 3])).toEqual([1, 1, 1, 2, 2, 2, 3]); // ⌊i/2.6⌋
    expect(resized({ ...row, size: [1, 7] }, [1, 2, 3])).toEqual([1, 1, 1, 2, 2, 3, 3]); // ⌊i·3/7⌋
  });

  it('agrees with the reference on any geometry', () => {
    const size = fc.integer({ min: 1, max: 8 });
    const factor = fc.double({ min: 0.3, max: 3.5, noNaN: true });
    const target = fc.oneof(
      fc.record({ size: fc.tuple(size, size) }),
      fc.record({ scaleFactor: fc.tuple(factor, factor) }),
      fc.constant({ scaleFactor: [2, 2] as [number, number] }),
    );
    const modes = fc.constantFrom<Pick<UpsampleShape, 'mode' | 'alignCorners'>[]>(
      { mode: 'nearest' },
      { mode: 'bilinear' },
      { mode: 'bilinear', alignCorners: true },
    );
    const geometries = fc
      .record({
        from: fc.record({ height: size, width: size, channels: fc.oneof(fc.constantFrom(1, 3, 5, 17), size) }),
        target,
        mode: modes,
      })
      .filter(
        ({ from, target }) =>
          !('scaleFactor' in target) ||
          [from.height, from.width].every((length, i) => length * target.scaleFactor[i]! >= 1),
      )
      .map(({ from, target, mode }) => upsampleGeometry({ ...from, ...target, ...mode }));
    fc.assert(
      fc.property(geometries, fc.integer({ min: 0, max: 3 }), fc.nat(), (g, images, seed) => check(g, images, seed)),
      { seed: 6, numRuns: 200 },
    );
  });
});
