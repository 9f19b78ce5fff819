import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, sumBound } from '../testing/expect-close.ts';
import { poolGeometries } from '../testing/pool-geometries.ts';
import { averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward, type PoolDivisor } from './pool.ts';
import { adaptivePoolGeometry, outputSize, type PoolGeometry, type PoolShape, poolGeometry } from './pool-geometry.ts';

function geometry(
  height: number,
  width: number,
  channels: number,
  kernelSize: readonly [number, number],
  stride = 1,
  padding = 0,
  rest: Pick<PoolShape, 'dilation' | 'ceilMode'> = {},
): PoolGeometry {
  const pairs = { stride: [stride, stride], padding: [padding, padding] } as const;
  return poolGeometry({ height, width, channels, kernelSize, ...pairs, ...rest });
}

const windows = (g: PoolGeometry): number => g.outputHeight * g.outputWidth;

/** Compares both poolings, both ways, with the references, in every build. */
function checkPooling(
  g: PoolGeometry,
  images: number,
  seed: number,
  x = input(g, images, seed),
  divisors: readonly PoolDivisor[] = ['padded', 'inside', 7],
): void {
  const dy = pseudoRandom(images * windows(g) * g.channels, seed + 1);
  const maximum = reference.maxPoolForward(g, images, x);
  const maximumGradient = reference.maxPoolBackward(g, images, x, dy);
  const maximumGradientMagnitude = reference.maxPoolBackward(g, images, x, dy.map(Math.abs));
  const area = g.adaptive ? g.height * g.width : g.kernelSize[0] * g.kernelSize[1];
  onEveryBuild((arena) => {
    const [xAt, dyAt] = [arena.put(x), arena.put(dy)];
    const [y, dx] = [arena.output(dy.length), arena.output(x.length)];
    arena.run(() => {
      maxPoolForward(arena.k, g, xAt, y, images);
      maxPoolBackward(arena.k, g, xAt, y, dyAt, dx, images);
    });
    expectClose('max pooling', arena.floats(y, dy.length), maximum, 0);
    const bound = sumBound(area, maximumGradientMagnitude);
    expectClose('max pooling, dx', arena.floats(dx, x.length), maximumGradient, bound);
  });
  if (g.dilation.some((value) => value > 1)) return;
  for (const divisor of divisors) {
    const mean = reference.averagePoolForward(g, images, x, divisor);
    const magnitude = reference.averagePoolForward(g, images, x.map(Math.abs), divisor);
    const gradient = reference.averagePoolBackward(g, images, dy, divisor);
    const gradientMagnitude = reference.averagePoolBackward(g, images, dy.map(Math.abs), divisor);
    onEveryBuild((arena) => {
      const [xAt, dyAt] = [arena.put(x), arena.put(dy)];
      const [y, dx] = [arena.output(dy.length), arena.output(x.length)];
      arena.run(() => {
        averagePoolForward(arena.k, g, xAt, y, images, divisor);
        averagePoolBackward(arena.k, g, dyAt, dx, images, divisor);
      });
      expectClose(`average over ${divisor}`, arena.floats(y, dy.length), mean, sumBound(area, magnitude));
      const bound = sumBound(windows(g), gradientMagnitude);
      expectClose(`average over ${divisor}, dx`, arena.floats(dx, x.length), gradient, bound);
    });
  }
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
    for (const divisor of ['padded', 'inside', 3] as const) {
      const mean = centralDifferences(x, (input) => dot(reference.averagePoolForward(g, 2, input, divisor), dy), 0.5);
      expectClose(`average pooling, ${divisor}`, reference.averagePoolBackward(g, 2, dy, divisor), mean, 1e-12);
    }
  });
});

describe('pooling', () => {
  it('has the output sizes of the lectures and of PyTorch', () => {
    expect([outputSize(7, 3, 1, 0), outputSize(7, 3, 2, 0), outputSize(7, 3, 3, 0), outputSize(7, 3, 1, 1)]).toEqual([
      5, 3, 2, 7,
    ]);
    expect([outputSize(55, 3, 2, 0), outputSize(27, 3, 2, 0), outputSize(13, 3, 2, 0)]).toEqual([27, 13, 6]); // AlexNet
    // Rounded up, but the last window begins in the image or before it.
    expect([
      outputSize(7, 3, 3, 0, 1, true),
      outputSize(5, 2, 2, 1, 1, true),
      outputSize(6, 2, 2, 1, 1, true),
      outputSize(5, 1, 3, 0, 1, true),
    ]).toEqual([3, 3, 4, 2]);
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
    ['one window too many would fit', geometry(7, 8, 19, [3, 3], 3, 0, { ceilMode: true }), 2],
    ['rounded up, padded', geometry(6, 7, 5, [2, 2], 2, 1, { ceilMode: true }), 2],
    ['dilated', geometry(7, 9, 33, [3, 2], 1, 1, { dilation: [2, 3] }), 2],
    ['dilated, windows of nothing but padding', geometry(2, 2, 3, [2, 2], 1, 1, { dilation: [3, 3] }), 1],
    ['a window of more pixels than an int32 counts', geometry(1, 1, 3, [2 ** 16, 2 ** 16], 2 ** 16, 2 ** 15), 1],
    ['adaptive, tiles', adaptivePoolGeometry({ height: 6, width: 4, channels: 9 }, [3, 2]), 2],
    ['adaptive, overlapping', adaptivePoolGeometry({ height: 7, width: 5, channels: 21 }, [3, 4]), 2],
    ['adaptive, larger than the image', adaptivePoolGeometry({ height: 3, width: 2, channels: 3 }, [7, 5]), 2],
    ['adaptive, one window', adaptivePoolGeometry({ height: 5, width: 6, channels: 17 }, [1, 1]), 2],
  ])('agrees with the reference: %s', (_, g, images) => checkPooling(g, images, 7));

  it('agrees with the reference on any geometry', () => {
    const images = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(poolGeometries, images, fc.nat(), (g, count, seed) => checkPooling(g, count, seed)),
      { seed: 2, numRuns: 200 },
    );
  });

  it('agrees with the reference on any adaptive geometry', () => {
    const size = fc.integer({ min: 1, max: 9 });
    const geometries = fc
      .record({
        size: fc.record({ height: size, width: size, channels: fc.integer({ min: 1, max: 20 }) }),
        to: fc.tuple(size, size),
      })
      .map((shape) => adaptivePoolGeometry(shape.size, shape.to));
    fc.assert(
      fc.property(geometries, fc.integer({ min: 0, max: 2 }), fc.nat(), (g, count, seed) =>
        checkPooling(g, count, seed, input(g, count, seed), ['inside']),
      ),
      { seed: 3, numRuns: 100 },
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

  it('divides by the pixels inside, or what it is told, or the part of a window that is not beyond the padding', () => {
    const x = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const mean = (g: PoolGeometry, divisor: PoolDivisor) => reference.averagePoolForward(g, 1, x, divisor);
    const padded = geometry(3, 3, 1, [2, 2], 2, 1);
    expect(mean(padded, 'inside')).toEqual([1, 2.5, 5.5, 7]);
    expect(mean(padded, 'padded')).toEqual([0.25, 1.25, 2.75, 7]);
    expect(mean(padded, 2)).toEqual([0.5, 2.5, 5.5, 14]);
    expect(mean(geometry(3, 3, 1, [2, 2], 2, 0, { ceilMode: true }), 'padded')).toEqual([3, 4.5, 7.5, 9]);
    checkPooling(padded, 1, 1, Float32Array.from(x));
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
