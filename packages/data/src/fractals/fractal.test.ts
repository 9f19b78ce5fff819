import { describe, expect, it } from 'vitest';
import { digestOf } from '../goldens/digest.ts';
import { fractal } from './fractal.ts';

const pictures = Array.from({ length: 24 }, (_, index) => fractal(1, index, 24).data);

describe('fractal', () => {
  it('is the same on every machine', () => {
    expect([0, 1, 2, 3].map((index) => digestOf(pictures[index]!))).toEqual([
      '6f4aaa7285e45bac',
      '4b9139ef00bd3bf9',
      'aa6e60bb3869c020',
      'acf12f77f11f39ae',
    ]);
  });

  it('is another picture for another seed and index', () => {
    expect(new Set(pictures.map(digestOf)).size).toBe(pictures.length);
    expect(digestOf(fractal(2, 0, 24).data)).not.toBe(digestOf(pictures[0]!));
  });

  it('is full of detail: neighbours differ, and there are many colours', () => {
    for (const data of pictures) {
      const colours = new Set(Array.from({ length: 576 }, (_, i) => data.subarray(3 * i, 3 * i + 3).join()));
      expect(colours.size).toBeGreaterThan(30);
    }
  });
});
