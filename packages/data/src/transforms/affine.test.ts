import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { affine } from './affine.ts';
import type { AffineMatrix } from './affine-matrix.ts';

const grey = (height: number, width: number, bytes: number[]): Image => ({
  data: Uint8Array.from(bytes),
  height,
  width,
  channels: 1,
});

describe('affine', () => {
  const square = grey(2, 2, [10, 21, 30, 60]);

  it('interpolates between pixels and truncates', () => {
    // Half a pixel to the right and down: the mean of all four is 30.25, and the others are outside.
    const result = affine(square, [1, 0, 0.5, 0, 1, 0.5], { fill: 7 });
    expect([...result.data]).toEqual([30, 7, 7, 7]);
    expect([...affine(square, [1, 0, 0.25, 0, 1, 0]).data]).toEqual([12, 21, 37, 60]);
    expect([...affine(square, [1, 0, 0.75, 0, 1, 0], { fill: 7 }).data]).toEqual([18, 7, 52, 7]);
  });

  it('takes the nearest pixel where told', () => {
    expect([...affine(square, [1, 0, 0.75, 0, 1, 0], { resample: 'nearest', fill: 7 }).data]).toEqual([21, 7, 60, 7]);
    expect([...affine(square, [0, 1, 0, 1, 0, 0], { resample: 'nearest' }).data]).toEqual([10, 30, 21, 60]);
  });

  it('adds up as Pillow does where it takes the nearest pixel', () => {
    const row = grey(1, 2, [10, 20]);
    const resampled = (matrix: AffineMatrix) => {
      const output = createImage({ height: 1, width: 5, channels: 1 });
      return [...affine(row, matrix, { resample: 'nearest', fill: 7 }, output).data];
    };
    // In double precision three thirds are one; in 16.16 fixed point, which a shear brings in, they are not.
    expect(resampled([1 / 3, 0, -1 / 6, 0, 1, 0])).toEqual([10, 10, 10, 20, 20]);
    expect(resampled([1 / 3, 1e-9, -1 / 6, 0, 1, 0])).toEqual([10, 10, 10, 10, 20]);
    // Three steps of a third of 65,536 come full circle in fixed point, which is therefore not used.
    expect(resampled([65536 / 3, 1e-9, 0.5 - 65536 / 6, 0, 1, 0])).toEqual([10, 7, 7, 7, 7]);
  });

  it('gives the output its own size', () => {
    const output = createImage({ height: 1, width: 4, channels: 1 });
    expect(affine(square, [0.5, 0, 0, 0, 1, 1], {}, output)).toBe(output);
    expect([...output.data]).toEqual([30, 37, 52, 60]);
  });

  it('fills each channel with its own value', () => {
    const colour: Image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), height: 1, width: 2, channels: 3 };
    for (const resample of ['bilinear', 'nearest'] as const) {
      const result = affine(colour, [1, 0, 1, 0, 1, 0], { resample, fill: [7, 8, 9] });
      expect([...result.data]).toEqual([4, 5, 6, 7, 8, 9]);
    }
    expect(() => affine(colour, [1, 0, 1, 0, 1, 0], { fill: [7, 8] })).toThrow(
      'fill: expected one value for all channels or 3 values, for an image of 3 channels, got 2 values',
    );
  });

  it('refuses pictures that do not go together', () => {
    const identity = [1, 0, 0, 0, 1, 0] as const;
    expect(() => affine(square, identity, {}, square)).toThrow('an output image with memory of its own');
    expect(() => affine({ ...square, height: 3 }, identity)).toThrow('got 3×2×1 with 4 bytes and 3×2×1 with 6 bytes');
    expect(() => affine(square, identity, {}, createImage({ height: 2, width: 2, channels: 3 }))).toThrow(
      'of the same number of channels',
    );
    expect(() => affine(grey(0, 2, []), identity)).toThrow('got 0×2×1 with 0 bytes');
  });

  it('refuses a matrix that is not of numbers', () => {
    expect(() => affine(square, [1, 0, Number.NaN, 0, 1, 0])).toThrow('matrix of finite numbers, got [1,0,NaN,0,1,0]');
    // Finite, but its products are not: ∞ − ∞ in the last pixel is nowhere.
    const huge = 1.7e308;
    expect([...affine(square, [huge, -huge, 0, 0, 1, 0], { fill: 9 }).data]).toEqual([10, 9, 9, 9]);
  });

  it('counts colours by their opacity where it interpolates', () => {
    const rgba: Image = { data: Uint8Array.of(200, 100, 0, 255, 10, 20, 30, 0), height: 1, width: 2, channels: 4 };
    expect([...affine(rgba, [1, 0, 0.5, 0, 1, 0]).data]).toEqual([200, 100, 0, 127, 0, 0, 0, 0]);
    expect([...affine(rgba, [1, 0, 1, 0, 1, 0], { resample: 'nearest', fill: 5 }).data]).toEqual([
      10, 20, 30, 0, 5, 5, 5, 5,
    ]);
  });

  it('takes pictures of 1, 3 or 4 channels', () => {
    const pair = createImage({ height: 1, width: 1, channels: 2 });
    expect(() => affine(pair, [1, 0, 0, 0, 1, 0])).toThrow('the same number of channels, 1, 3 or 4');
  });
});
