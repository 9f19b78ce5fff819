import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { resizedCrop } from './random-resized-crop.ts';
import { resize } from './resize.ts';
import { resizeTable } from './resize-table.ts';

const row: Image = { data: Uint8Array.of(0, 40, 80, 255), height: 1, width: 4, channels: 1 };
const resized = (width: number, resample: 'bilinear' | 'nearest' = 'bilinear') => [
  ...resize(row, createImage({ height: 1, width, channels: 1 }), resample).data,
];

describe('resize', () => {
  it('takes the mean over what an output pixel covers', () => {
    // Triangles of width four: (3·0 + 3·40 + 80)/7 and (40 + 3·80 + 3·255)/7.
    expect(resized(2)).toEqual([29, 149]);
    expect(resized(4)).toEqual([0, 40, 80, 255]);
  });

  it('interpolates where it grows', () => {
    expect(resized(8)).toEqual([0, 10, 30, 50, 70, 124, 211, 255]);
  });

  it('takes the nearest pixel where told', () => {
    expect(resized(2, 'nearest')).toEqual([40, 255]);
    // By Pillow, which adds up steps of two thirds, and misses 3 by a rounding.
    expect(resized(6, 'nearest')).toEqual([0, 40, 40, 80, 80, 255]);
  });

  it('resizes a part of a picture', () => {
    const output = createImage({ height: 1, width: 1, channels: 1 });
    expect([...resizedCrop(row, { top: 0, left: 1, height: 1, width: 2 }, output).data]).toEqual([60]);
  });
});

describe('resizeTable', () => {
  it('has weights that add up to one', () => {
    for (const [size, outputSize] of [
      [7, 3],
      [3, 7],
      [224, 100],
      [1, 5],
      [5, 1],
    ] as const) {
      const { weights, bounds, taps } = resizeTable(size, outputSize);
      for (let i = 0; i < outputSize; i++) {
        const sum = weights.subarray(taps * i, taps * (i + 1)).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 2 ** 22)).toBeLessThanOrEqual(taps);
        expect(bounds[2 * i]! + bounds[2 * i + 1]!).toBeLessThanOrEqual(size);
      }
    }
  });
});
