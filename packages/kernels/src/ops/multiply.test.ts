import fc from 'fast-check';
import { describe, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import { multiply, multiplyChannels, multiplyChannelsGradient } from './multiply.ts';

const close = (values: readonly number[]) => (i: number) => roundoff * Math.abs(values[i]!);

describe('reference', () => {
  it('has gradients that central differences agree with', () => {
    const [x, scale, dy] = [[...pseudoRandom(2 * 3 * 4, 1)], [...pseudoRandom(2 * 4, 2)], pseudoRandom(24, 3)];
    const loss = (a: readonly number[], b: readonly number[]) => dot(reference.multiplyChannels(a, b, 3, 4), dy);
    const dx = centralDifferences(x, (a) => loss(a, scale), 1e-3);
    expectClose('dx', reference.multiplyChannels(dy, scale, 3, 4), dx, 1e-11);
    const dscale = centralDifferences(scale, (b) => loss(x, b), 1e-3);
    expectClose('dscale', reference.multiplyChannelsGradient(x, dy, 3, 4), dscale, 1e-11);
    const [a, b] = [x.slice(0, 5), x.slice(5, 10)];
    const da = centralDifferences(a, (left) => dot(reference.multiply(left, b), dy), 1e-3);
    expectClose('da', reference.multiply(dy.subarray(0, 5), b), da, 1e-11);
  });
});

describe('multiply', () => {
  it('agrees with the reference on any length, also in place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70 }), fc.nat(), (length, seed) => {
        const [a, b] = [pseudoRandom(length, seed), pseudoRandom(length, seed + 1)];
        const y = reference.multiply(a, b);
        onEveryBuild((arena) => {
          const [aAt, bAt, yAt] = [arena.put(a), arena.put(b), arena.output(length)];
          arena.run(() => multiply(arena.k, aAt, bAt, yAt, length));
          expectClose('y', arena.floats(yAt, length), y, close(y));
        });
        onEveryBuild((arena) => {
          const [aAt, bAt] = [arena.put(a), arena.inPlace(arena.put(b))];
          arena.run(() => multiply(arena.k, aAt, bAt, bAt, length));
          expectClose('y in place', arena.floats(bAt, length), y, close(y));
        });
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});

describe('multiplyChannels', () => {
  it('agrees with the reference on any size, also in place', () => {
    const size = fc.integer({ min: 1, max: 11 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), size, size, fc.nat(), (images, pixels, channels, seed) => {
        const [length, scales] = [images * pixels * channels, images * channels];
        const [x, dy, scale] = [
          pseudoRandom(length, seed),
          pseudoRandom(length, seed + 1),
          pseudoRandom(scales, seed + 2),
        ];
        const y = reference.multiplyChannels(x, scale, pixels, channels);
        const dscale = reference.multiplyChannelsGradient(x, dy, pixels, channels);
        onEveryBuild((arena) => {
          const [xAt, dyAt, scaleAt] = [arena.put(x), arena.put(dy), arena.put(scale)];
          const [yAt, dscaleAt] = [arena.output(length), arena.output(scales)];
          arena.run(() => {
            multiplyChannels(arena.k, xAt, scaleAt, yAt, images, pixels, channels);
            multiplyChannelsGradient(arena.k, xAt, dyAt, dscaleAt, images, pixels, channels);
          });
          expectClose('y', arena.floats(yAt, length), y, close(y));
          expectClose('dscale', arena.floats(dscaleAt, scales), dscale, (i) => close(dscale)(i) + 1e-14);
        });
        onEveryBuild((arena) => {
          const [xAt, scaleAt] = [arena.inPlace(arena.put(x)), arena.put(scale)];
          arena.run(() => multiplyChannels(arena.k, xAt, scaleAt, xAt, images, pixels, channels));
          expectClose('y in place', arena.floats(xAt, length), y, close(y));
        });
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it('has gradient 0 of an image without pixels', () => {
    onEveryBuild((arena) => {
      const [x, dscale] = [arena.put([]), arena.output(6)];
      arena.run(() => multiplyChannelsGradient(arena.k, x, x, dscale, 2, 0, 3));
      expectClose('dscale', arena.floats(dscale, 6), new Array(6).fill(0), 0);
    });
  });
});
