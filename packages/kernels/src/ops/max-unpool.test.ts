import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose } from '../testing/expect-close.ts';
import { poolGeometries } from '../testing/pool-geometries.ts';
import { maxUnpoolBackward, maxUnpoolForward } from './max-unpool.ts';
import { type PoolGeometry, poolGeometry } from './pool-geometry.ts';

const windows = (g: PoolGeometry): number => g.outputHeight * g.outputWidth * g.channels;

/** Few different values, so that windows have equal maxima. */
const coarse = (count: number, seed: number) => pseudoRandom(count, seed).map((value) => Math.round(value * 4) / 4);

function check(
  g: PoolGeometry,
  images: number,
  seed: number,
  pooled = coarse(images * g.height * g.width * g.channels, seed),
): void {
  const x = pseudoRandom(images * windows(g), seed + 1);
  const dy = pseudoRandom(pooled.length, seed + 2);
  onEveryBuild((arena) => {
    const [xAt, pooledAt, dyAt] = [arena.put(x), arena.put(pooled), arena.put(dy)];
    const [y, dx] = [arena.output(pooled.length), arena.output(x.length)];
    arena.run(() => {
      maxUnpoolForward(arena.k, g, xAt, pooledAt, y, images);
      maxUnpoolBackward(arena.k, g, pooledAt, dyAt, dx, images);
    });
    expectClose('y', arena.floats(y, dy.length), reference.maxUnpoolForward(g, images, x, pooled), 0);
    expectClose('dx', arena.floats(dx, x.length), reference.maxUnpoolBackward(g, images, pooled, dy), 0);
  });
}

describe('max unpooling', () => {
  it('has gradients that central differences agree with, in the reference, also where windows overlap', () => {
    const g = poolGeometry({ height: 5, width: 6, channels: 2, kernelSize: [3, 3], stride: [2, 1], padding: [1, 1] });
    const pooled = coarse(2 * 5 * 6 * 2, 1);
    const x = [...pseudoRandom(2 * windows(g), 2)];
    const dy = pseudoRandom(pooled.length, 3);
    const dx = centralDifferences(x, (input) => dot(reference.maxUnpoolForward(g, 2, input, pooled), dy), 0.5);
    expectClose('dx', reference.maxUnpoolBackward(g, 2, pooled, dy), dx, 1e-12);
    expect(dx.filter((value) => value === 0).length).toBeGreaterThan(0);
  });

  it('puts each value at the first maximum of its window, in row order, or at the last NaN', () => {
    const g = poolGeometry({ height: 2, width: 6, channels: 1, kernelSize: [2, 2] });
    const { NaN: nan, NEGATIVE_INFINITY: least } = Number;
    const pooled = Float32Array.of(3, 5, nan, 9, least, least, 5, 5, nan, 1, least, least);
    onEveryBuild((arena) => {
      const [x, at, y] = [arena.put([7, 8, 9]), arena.put(pooled), arena.output(12)];
      arena.run(() => maxUnpoolForward(arena.k, g, x, at, y, 1));
      expect([...arena.floats(y, 12)]).toEqual([0, 7, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0]);
    });
    check(g, 1, 5, pooled);
  });

  it('lets the last of several windows have a pixel, which alone has its gradient', () => {
    const g = poolGeometry({ height: 1, width: 4, channels: 1, kernelSize: [1, 3], stride: [1, 1] });
    onEveryBuild((arena) => {
      const [x, pooled, y] = [arena.put([7, 8]), arena.put([0, 0, 9, 0]), arena.output(4)];
      const [dy, dx] = [arena.put([1, 2, 3, 4]), arena.output(2)];
      arena.run(() => {
        maxUnpoolForward(arena.k, g, x, pooled, y, 1);
        maxUnpoolBackward(arena.k, g, pooled, dy, dx, 1);
      });
      expect([...arena.floats(y, 4)]).toEqual([0, 0, 8, 0]);
      expect([...arena.floats(dx, 2)]).toEqual([0, 3]);
    });
  });

  it('agrees with the reference where a window has nothing but padding', () =>
    check(
      poolGeometry({
        height: 2,
        width: 2,
        channels: 3,
        kernelSize: [2, 2],
        stride: [1, 1],
        padding: [1, 1],
        dilation: [3, 3],
      }),
      2,
      1,
    ));

  it('agrees with the reference on any geometry', () => {
    fc.assert(
      fc.property(poolGeometries, fc.integer({ min: 0, max: 3 }), fc.nat(), (g, images, seed) =>
        check(g, images, seed),
      ),
      { seed: 5, numRuns: 150 },
    );
  });
});
