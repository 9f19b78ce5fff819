import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Kernels } from '../kernels.ts';
import * as reference from '../reference/index.ts';
import { randomBytes, testPictures } from '../testing/pictures.ts';
import type { PictureSize } from './picture-checks.ts';
import {
  type AffineCoefficients,
  affineBilinear,
  affineNearest,
  type PerspectiveCoefficients,
  perspectiveBilinear,
  perspectiveNearest,
  type ResamplePlaces,
  resampleScratchBytes,
} from './resample.ts';

const near = fc.double({ min: -2, max: 2, noNaN: true });
const quarter = fc.integer({ min: -8, max: 8 }).map((n) => n / 4);
const shift = fc.double({ min: -10, max: 10, noNaN: true });
const whole = fc.integer({ min: -9, max: 9 });
const one = fc.constant(1);
const affine = fc.oneof(
  fc.tuple(one, near, shift, fc.constant(0), one, whole),
  fc.tuple(one, fc.constant(0), whole, near, one, shift),
  fc.tuple(near, near, shift, near, near, shift),
  fc.tuple(near, fc.constant(0), shift, fc.constant(0), near, shift),
  fc.tuple(quarter, quarter, quarter, quarter, quarter, quarter),
  fc.tuple(fc.constant(65536 / 3), near, shift, near, near, shift),
  fc.constant([1.7e308, -1.7e308, 0, 0, 1, 0]),
);
const slope = fc.oneof(fc.double({ min: -0.2, max: 0.2, noNaN: true }), fc.constantFrom(0, -2));
const perspective = fc.tuple(affine, slope, slope).map(([matrix, g, h]) => [...matrix, g, h]);

type Kernel = (k: Kernels, places: ResamplePlaces, size: PictureSize, outputSize: PictureSize, matrix: never) => void;

/** Into an output one row lower and two columns wider than the input. */
function testResampling(
  numbers: fc.Arbitrary<readonly number[]>,
  kernel: Kernel,
  expected: (
    x: readonly number[],
    size: PictureSize,
    matrix: never,
    fill: readonly number[],
    to: PictureSize,
  ) => number[],
): void {
  const outputSize = ({ height, width, channels }: PictureSize) => ({ height: height + 1, width: width + 2, channels });
  const fillOf = ({ height, width, channels }: PictureSize) => randomBytes(height * width * channels, 9);
  testPictures({
    numbers,
    arrange: (arena, x, y, size, matrix) => {
      const [to, scratch] = [outputSize(size), arena.scratch(resampleScratchBytes)];
      arena.k.u8.set(fillOf(to), y);
      return () => kernel(arena.k, { x, y, scratch }, size, to, matrix as never);
    },
    reference: (x, size, matrix) => expected(x, size, matrix as never, fillOf(outputSize(size)), outputSize(size)),
  });
}

describe('resampling', () => {
  it('is bilinear along an affine map', () => {
    testResampling(affine, affineBilinear, (x, size, matrix, fill, { width }) =>
      reference.resampleBilinear(x, size, matrix as AffineCoefficients, fill, width),
    );
  });

  it('is bilinear along a perspective map', () => {
    testResampling(perspective, perspectiveBilinear, (x, size, matrix, fill, { width }) =>
      reference.resampleBilinear(x, size, matrix as PerspectiveCoefficients, fill, width),
    );
  });

  it('takes the nearest pixel along an affine map', () => {
    testResampling(
      affine.filter((matrix) => Math.abs(matrix[0]!) < 1e300),
      affineNearest,
      reference.affineNearest,
    );
  });

  it('takes the nearest pixel along a perspective map', () => {
    testResampling(perspective, perspectiveNearest, (x, size, matrix, fill, { width }) =>
      reference.perspectiveNearest(x, size, matrix as PerspectiveCoefficients, fill, width),
    );
  });
});
