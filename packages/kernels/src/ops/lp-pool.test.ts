import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff, sumBound } from '../testing/expect-close.ts';
import { poolGeometries } from '../testing/pool-geometries.ts';
import { lpPoolBackward, lpPoolForward } from './lp-pool.ts';
import { type PoolGeometry, poolGeometry } from './pool-geometry.ts';

const outputs = (g: PoolGeometry): number => g.outputHeight * g.outputWidth * g.channels;

function check(g: PoolGeometry, images: number, seed: number): void {
  const x = pseudoRandom(images * g.height * g.width * g.channels, seed);
  const dy = pseudoRandom(images * outputs(g), seed + 1);
  const area = g.kernelSize[0] * g.kernelSize[1];
  const norm = reference.lpPoolForward(g, images, x);
  const gradient = reference.lpPoolBackward(g, images, x, dy);
  const magnitude = reference.lpPoolBackward(g, images, x.map(Math.abs), dy.map(Math.abs));
  onEveryBuild((arena) => {
    const [xAt, dyAt] = [arena.put(x), arena.put(dy)];
    const [y, dx] = [arena.output(dy.length), arena.output(x.length)];
    arena.run(() => {
      lpPoolForward(arena.k, g, xAt, y, images);
      lpPoolBackward(arena.k, g, xAt, y, dyAt, dx, images);
    });
    expectClose('norm', arena.floats(y, dy.length), norm, (i) => (area + 4) * roundoff * norm[i]!);
    expectClose('dx', arena.floats(dx, x.length), gradient, sumBound(3 * area + 4, magnitude));
  });
}

describe('L2 pooling', () => {
  it('has gradients that central differences agree with, in the reference', () => {
    const g = poolGeometry({ height: 5, width: 4, channels: 2, kernelSize: [3, 2], stride: [2, 1], ceilMode: true });
    const x = [...pseudoRandom(2 * 5 * 4 * 2, 1)];
    const dy = pseudoRandom(2 * outputs(g), 2);
    const dx = centralDifferences(x, (input) => dot(reference.lpPoolForward(g, 2, input), dy), 1e-4);
    expectClose('dx', reference.lpPoolBackward(g, 2, x, dy), dx, 1e-6);
  });

  it('is the length of a window; one of zeros has no gradient', () => {
    const g = poolGeometry({ height: 1, width: 4, channels: 1, kernelSize: [1, 2] });
    onEveryBuild((arena) => {
      const [x, y, dy, dx] = [arena.put([3, -4, 0, 0]), arena.output(2), arena.put([10, 10]), arena.output(4)];
      arena.run(() => {
        lpPoolForward(arena.k, g, x, y, 1);
        lpPoolBackward(arena.k, g, x, y, dy, dx, 1);
      });
      expect([...arena.floats(y, 2)]).toEqual([5, 0]);
      expect([...arena.floats(dx, 4)]).toEqual([6, -8, 0, 0]);
    });
  });

  it('scales a window that reaches over the edge to a whole one', () => {
    const g = poolGeometry({ height: 1, width: 3, channels: 1, kernelSize: [1, 2], ceilMode: true });
    expectClose('norm', reference.lpPoolForward(g, 1, [3, 4, 5]), [5, Math.sqrt(50)], 0);
    check(g, 1, 1);
  });

  it('agrees with the reference on any geometry', () => {
    const geometries = poolGeometries.filter(
      ({ padding, dilation }) => Math.max(...padding) === 0 && Math.max(...dilation) === 1,
    );
    fc.assert(
      fc.property(geometries, fc.integer({ min: 0, max: 3 }), fc.nat(), (g, images, seed) => check(g, images, seed)),
      { seed: 4, numRuns: 100 },
    );
  });
});
