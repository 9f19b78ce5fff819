import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, sumBound } from '../testing/expect-close.ts';
import {
  averagePoolBackward,
  averagePoolForward,
  maxPoolBackward,
  maxPoolForward,
  outputSize,
  type PoolGeometry,
} from './pool.ts';

function geometry(
  height: number,
  width: number,
  channels: number,
  kernelSize: readonly [number, number],
  stride = 1,
  padding = 0,
): PoolGeometry {
  return { height, width, channels, kernelSize, stride, padding };
}

const windows = (g: PoolGeometry): number =>
  outputSize(g.height, g.kernelSize[0], g.stride, g.padding) *
  outputSize(g.width, g.kernelSize[1], g.stride, g.padding);

/** Compares both poolings, both ways, with the references, in every build. */
function checkPooling(g: PoolGeometry, images: number, seed: number, x = input(g, images, seed)): void {
  const dy = pseudoRandom(images * windows(g) * g.channels, seed + 1);
  const maximum = reference.maxPoolForward(g, images, x);
  const mean = reference.averagePoolForward(g, images, x);
  const area = g.kernelSize[0] * g.kernelSize[1];
  const magnitude = reference.averagePoolForward(g, images, x.map(Math.abs));
  const gradientMagnitude = reference.averagePoolBackward(g, images, dy.map(Math.abs));
  const maximumGradientMagnitude = reference.maxPoolBackward(g, images, x, dy.map(Math.abs));
  onEveryBuild((arena) => {
    const [xAt, dyAt] = [arena.put(x), arena.put(dy)];
    const [y, dx, meanAt, meanDx] = [dy, x, dy, x].map(({ length }) => arena.output(length)) as [
      number,
      number,
      number,
      number,
    ];
    arena.run(() => {
      maxPoolForward(arena.k, g, xAt, y, images);
      maxPoolBackward(arena.k, g, xAt, y, dyAt, dx, images);
      averagePoolForward(arena.k, g, xAt, meanAt, images);
      averagePoolBackward(arena.k, g, dyAt, meanDx, images);
    });
    expectClose('max pooling', arena.floats(y, dy.length), maximum, 0);
    const gradient = reference.maxPoolBackward(g, images, x, dy);
    expectClose('max pooling, dx', arena.floats(dx, x.length), gradient, sumBound(area, maximumGradientMagnitude));
    expectClose('average pooling', arena.floats(meanAt, dy.length), mean, sumBound(area, magnitude));
    const meanGradient = reference.averagePoolBackward(g, images, dy);
    expectClose('average pooling, dx', arena.floats(meanDx, x.length), meanGradient, sumBound(area, gradientMagnitude));
  });
}

/** Few different values, so that windows have equal maxima. */
const input = (g: PoolGeometry, images: number, seed: number): Float32Array =>
  pseudoRandom(images * g.height * g.width * g.channels, seed).map((value) => Math.round(value * 8) / 8);

describe('reference', () => {
  it('has the values of the lectures', () => {
    const x = [200, 150, 150, 100, 50, 100, 25, 25, 10];
    const g = geometry(3, 3, 1, [3, 3]);
    expect(reference.maxPoolForward(g, 1, x)).toEqual([200]);
    expect(reference.averagePoolForward(g, 1, x)).toEqual([90]);
  });

  it('has gradients that central differences agree with', () => {
    const g = geometry(5, 4, 2, [3, 2], 2, 1);
    const x = [...pseudoRandom(2 * 5 * 4 * 2, 1)];
    const dy = pseudoRandom(2 * windows(g) * 2, 2);
    // So small a step changes no maximum.
    const dx = centralDifferences(x, (input) => dot(reference.maxPoolForward(g, 2, input), dy), 1e-5);
    expectClose('max pooling', reference.maxPoolBackward(g, 2, x, dy), dx, 1e-9);
    const mean = centralDifferences(x, (input) => dot(reference.averagePoolForward(g, 2, input), dy), 0.5);
    expectClose('average pooling', reference.averagePoolBackward(g, 2, dy), mean, 1e-12);
  });
});

describe('pooling', () => {
  it('has the output sizes of the lectures and of PyTorch', () => {
    expect([outputSize(7, 3, 1, 0), outputSize(7, 3, 2, 0), outputSize(7, 3, 3, 0), outputSize(7, 3, 1, 1)]).toEqual([
      5, 3, 2, 7,
    ]);
    expect([outputSize(55, 3, 2, 0), outputSize(27, 3, 2, 0), outputSize(13, 3, 2, 0)]).toEqual([27, 13, 6]); // AlexNet
    expect([outputSize(9, 3, 1, 2, 2), outputSize(2, 3, 1, 0), outputSize(4, 3, 1, 0, 2)]).toEqual([9, 0, 0]);
  });

  it('has the values of the lectures', () => {
    const g = geometry(3, 3, 1, [3, 3]);
    onEveryBuild((arena) => {
      const [x, maximum, mean] = [
        arena.put([200, 150, 150, 100, 50, 100, 25, 25, 10]),
        arena.output(1),
        arena.output(1),
      ];
      arena.run(() => {
        maxPoolForward(arena.k, g, x, maximum, 1);
        averagePoolForward(arena.k, g, x, mean, 1);
      });
      expect([...arena.floats(maximum, 1), ...arena.floats(mean, 1)]).toEqual([200, 90]);
    });
  });

  it.each<[string, PoolGeometry, number]>([
    ['one value', geometry(1, 1, 1, [1, 1]), 1],
    ['no images', geometry(4, 4, 3, [2, 2], 2), 0],
    ['2x2', geometry(4, 6, 8, [2, 2], 2), 2],
    ['2x2, rows that do not fit', geometry(5, 4, 3, [2, 2], 2), 2],
    ['2x2, columns that do not fit', geometry(4, 5, 3, [2, 2], 2), 2],
    ['one padded window, as many rows as pixels', geometry(3, 3, 3, [3, 3], 3, 1), 2],
    ['overlapping', geometry(7, 7, 5, [3, 3], 2), 2],
    ['overlapping, padded', geometry(8, 7, 17, [3, 3], 2, 1), 2],
    ['a stride that does not fit', geometry(8, 9, 3, [3, 3], 3), 1],
    ['a stride larger than the window', geometry(9, 8, 4, [2, 2], 3), 2],
    ['padding of half a window', geometry(5, 5, 3, [4, 4], 2, 2), 1],
    ['window larger than the image', geometry(2, 2, 5, [4, 4], 1, 1), 1],
    ['oblong window', geometry(6, 5, 3, [2, 3], 2, 1), 2],
    ['oblong window, the other way', geometry(6, 5, 3, [3, 1], 1, 0), 2],
    ['the whole image', geometry(7, 5, 17, [7, 5]), 3],
  ])('agrees with the reference: %s', (_, g, images) => checkPooling(g, images, 7));

  it('agrees with the reference on any geometry', () => {
    const size = fc.integer({ min: 1, max: 9 });
    const kernel = fc.integer({ min: 1, max: 4 });
    const geometries = fc
      .record({
        height: size,
        width: size,
        channels: fc.oneof(fc.constantFrom(1, 3, 5, 17), fc.integer({ min: 1, max: 12 })),
        kernelSize: fc.tuple(kernel, kernel),
        stride: fc.integer({ min: 1, max: 3 }),
        padding: fc.integer({ min: 0, max: 2 }),
      })
      .filter((g) => 2 * g.padding <= Math.min(...g.kernelSize))
      .filter((g) => g.height + 2 * g.padding >= g.kernelSize[0] && g.width + 2 * g.padding >= g.kernelSize[1]);
    const images = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(geometries, images, fc.nat(), (g, count, seed) => checkPooling(g, count, seed)),
      { seed: 2, numRuns: 200 },
    );
  });

  it('gives the gradient of equal maxima to the first, in row order', () => {
    onEveryBuild((arena) => {
      const g = geometry(2, 2, 1, [2, 2]);
      const [x, y, dy, dx] = [arena.put([3, 5, 5, 5]), arena.put([5]), arena.put([7]), arena.output(4)];
      arena.run(() => maxPoolBackward(arena.k, g, x, y, dy, dx, 1));
      expect([...arena.floats(dx, 4)]).toEqual([0, 7, 0, 0]);
    });
  });

  it('takes -0 for 0, and knows infinities and NaN', () => {
    const g = geometry(1, 2, 1, [1, 2]);
    const infinity = Number.POSITIVE_INFINITY;
    const x = Float32Array.of(
      -0,
      0,
      -infinity,
      -infinity,
      infinity,
      1,
      -infinity,
      -3,
      Number.NaN,
      infinity,
      1,
      Number.NaN,
    );
    checkPooling(g, 6, 3, x);
    onEveryBuild((arena) => {
      const [xAt, y, dy, dx] = [arena.put(x), arena.output(6), arena.put([1, 2, 3, 4, 5, 6]), arena.output(12)];
      arena.run(() => {
        maxPoolForward(arena.k, g, xAt, y, 6);
        maxPoolBackward(arena.k, g, xAt, y, dy, dx, 6);
      });
      expect([...arena.floats(y, 6)]).toEqual([0, -infinity, infinity, -3, Number.NaN, Number.NaN]);
      expect([...arena.floats(dx, 12)]).toEqual([1, 0, 2, 0, 3, 0, 0, 4, 0, 0, 0, 0]);
    });
  });

  it('divides by the whole window where it reaches over the edge', () => {
    onEveryBuild((arena) => {
      const g = geometry(1, 1, 1, [2, 2], 1, 1);
      const [x, y] = [arena.put([8]), arena.output(4)];
      arena.run(() => averagePoolForward(arena.k, g, x, y, 1));
      expect([...arena.floats(y, 4)]).toEqual([2, 2, 2, 2]);
    });
  });
});
