import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { arenaOf, onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, sumBound } from '../testing/expect-close.ts';
import { type Pad2dGeometry, type Pad2dMode, pad2dBackward, pad2dForward, pad2dModes, pad2dSize } from './pad2d.ts';

function geometry(
  [height, width, channels]: readonly [number, number, number],
  [left, right, top, bottom]: readonly [number, number, number, number],
  mode: Pad2dMode,
): Pad2dGeometry {
  return { height, width, channels, border: { left, right, top, bottom }, mode };
}

/** Compares both passes with the references, in every build. */
function check(g: Pad2dGeometry, images: number, seed: number): void {
  const [height, width] = pad2dSize(g);
  const x = pseudoRandom(images * g.height * g.width * g.channels, seed);
  const dy = pseudoRandom(images * height * width * g.channels, seed + 1);
  const y = reference.pad2dForward(g, images, x, -0.75);
  const dx = reference.pad2dBackward(g, images, dy);
  const magnitudes = reference.pad2dBackward(g, images, dy.map(Math.abs));
  onEveryBuild((arena) => {
    const [xAt, dyAt, yAt, dxAt] = [arena.put(x), arena.put(dy), arena.output(dy.length), arena.output(x.length)];
    arena.run(() => {
      pad2dForward(arena.k, g, xAt, yAt, images, -0.75);
      pad2dBackward(arena.k, g, dyAt, dxAt, images);
    });
    expectClose(`${g.mode}, y`, arena.floats(yAt, dy.length), y, 0);
    expectClose(`${g.mode}, dx`, arena.floats(dxAt, x.length), dx, sumBound(9, magnitudes));
  });
}

describe('reference', () => {
  it('has the borders of PyTorch', () => {
    const row = (mode: Pad2dMode) => reference.pad2dForward(geometry([1, 3, 1], [2, 2, 0, 0], mode), 1, [1, 2, 3]);
    expect(row('constant')).toEqual([0, 0, 1, 2, 3, 0, 0]);
    expect(row('reflect')).toEqual([3, 2, 1, 2, 3, 2, 1]);
    expect(row('replicate')).toEqual([1, 1, 1, 2, 3, 3, 3]);
    expect(row('circular')).toEqual([2, 3, 1, 2, 3, 1, 2]);
  });

  it.each(pad2dModes)('has gradients that central differences agree with: %s', (mode) => {
    const g = geometry([3, 4, 2], [2, 1, 1, 2], mode);
    const x = [...pseudoRandom(2 * 3 * 4 * 2, 1)];
    const dy = pseudoRandom(2 * 6 * 7 * 2, 2);
    const dx = centralDifferences(x, (input) => dot(reference.pad2dForward(g, 2, input), dy), 0.5);
    expectClose(mode, reference.pad2dBackward(g, 2, dy), dx, 1e-12);
  });
});

describe('pad2d', () => {
  it.each<[string, readonly [number, number, number], readonly [number, number, number, number]]>([
    ['one value', [1, 1, 1], [0, 0, 0, 0]],
    ['no border', [3, 2, 5], [0, 0, 0, 0]],
    ['all around', [4, 5, 3], [1, 1, 1, 1]],
    ['as far as reflection goes', [3, 4, 17], [3, 3, 2, 2]],
    ['one side', [3, 4, 8], [0, 3, 0, 0]],
    ['each side another', [5, 5, 1], [4, 2, 1, 3]],
    ['a sequence', [1, 6, 4], [5, 2, 0, 0]],
  ])('agrees with the reference: %s', (_, shape, border) => {
    for (const mode of pad2dModes) check(geometry(shape, border, mode), 3, 5);
  });

  it.each<[string, readonly [number, number, number], readonly [number, number, number, number]]>([
    ['moved', [5, 6, 3], [-1, 1, -1, 1]],
    ['one pixel of all', [5, 7, 17], [-3, -3, -2, -2]],
    ['out of the picture', [1, 2, 3], [-2, 2, -1, 1]],
    ['rows only', [4, 3, 4], [0, 0, -3, 0]],
    ['columns only, and rows more', [2, 5, 1], [2, -4, 3, 1]],
  ])('crops by a negative border: %s', (_, shape, border) => {
    check(geometry(shape, border, 'constant'), 3, 7);
  });

  it.each<[Pad2dMode, readonly [number, number, number, number]]>([
    ['constant', [5, 9, 7, 4]],
    ['replicate', [5, 9, 7, 4]],
    ['circular', [3, 3, 2, 2]],
  ])('has borders as large as the image, and larger where they can be: %s', (mode, border) => {
    check(geometry([2, 3, 3], border, mode), 2, 6);
    check(geometry([2, 3, 3], border, mode), 0, 6);
  });

  it('agrees with the reference on any constant border, negative or not', () => {
    const sides = fc
      .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: -5, max: 4 }), fc.integer({ min: -5, max: 4 }))
      .filter(
        ([size, before, after]) => size + Math.min(before, 0) + Math.min(after, 0) >= 0 && size + before + after > 0,
      );
    fc.assert(
      fc.property(sides, sides, fc.constantFrom(1, 3, 4, 17), fc.nat(2), (columns, rows, channels, images) => {
        const [[width, left, right], [height, top, bottom]] = [columns, rows];
        check(geometry([height, width, channels], [left, right, top, bottom], 'constant'), images, 13);
      }),
      { seed: 17, numRuns: 120 },
    );
  });

  it('agrees with the reference on any geometry', () => {
    const size = fc.integer({ min: 1, max: 6 });
    const side = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(
        fc.tuple(size, size, fc.constantFrom(1, 2, 3, 4, 5, 8, 17)),
        fc.tuple(side, side, side, side),
        fc.constantFrom(...pad2dModes),
        fc.integer({ min: 0, max: 3 }),
        fc.nat(99),
        (shape, [left, right, top, bottom], mode, images, seed) => {
          const most = (length: number): number =>
            ({ constant: 5, replicate: 5, reflect: length - 1, circular: length })[mode];
          const clipped = [left, right].map((n) => Math.min(n, most(shape[1]))) as [number, number];
          const rows = [top, bottom].map((n) => Math.min(n, most(shape[0]))) as [number, number];
          check(geometry(shape, [...clipped, ...rows], mode), images, seed);
        },
      ),
      { seed: 11, numRuns: 120 },
    );
  });

  it('writes negative zero as it is', () => {
    onEveryBuild((arena) => {
      const [x, y] = [arena.put([-0]), arena.output(3)];
      arena.run(() => pad2dForward(arena.k, geometry([1, 1, 1], [1, 1, 0, 0], 'constant'), x, y, 1, -0));
      expect([...arena.floats(y, 3)]).toEqual([-0, -0, -0]);
    });
  });

  it('refuses borders that do not fit, counts that are none, and regions outside the memory', () => {
    expect(() => pad2dSize(geometry([3, 4, 1], [0, 0, 3, 0], 'reflect'))).toThrow(
      'pad2d: a reflect border of 0 left, 0 right, 3 at the top and 0 at the bottom does not fit 3x4; it may be one pixel less than the image at most',
    );
    expect(() => pad2dSize(geometry([3, 4, 1], [5, 0, 0, 0], 'circular'))).toThrow('as large as the image at most');
    expect(() => pad2dSize(geometry([3, 4, 1], [0, -1, 0, 0], 'replicate'))).toThrow(
      'pad2d: right: expected an integer',
    );
    expect(() => pad2dSize(geometry([3, 4, 1], [0, 0.5, 0, 0], 'constant'))).toThrow(
      'pad2d: right: expected an integer',
    );
    expect(() => pad2dSize(geometry([3, 4, 1], [-2, -3, 0, 0], 'constant'))).toThrow(
      'pad2d: a constant border of -2 left, -3 right, 0 at the top and 0 at the bottom does not fit 3x4; it can take away no more than there is, and a pixel must be left',
    );
    const { k } = arenaOf('default');
    const g = geometry([3, 4, 1], [1, 1, 1, 1], 'reflect');
    expect(() => pad2dForward(k, g, 1024, 4096, -1)).toThrow('pad2d: images: expected an integer');
    expect(() => pad2dForward(k, g, 1024, 2 ** 30, 1)).toThrow('pad2d: y: expected 30 elements');
    expect(() => pad2dBackward(k, g, 4096, 2 ** 30, 1)).toThrow('pad2d: x: expected 12 elements');
  });
});
