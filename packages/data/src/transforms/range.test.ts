import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { drawIntegerFrom, symmetricRange } from './range.ts';

describe('symmetricRange', () => {
  it('takes a number for both sides, or two', () => {
    expect(symmetricRange().parse(3)).toEqual([-3, 3]);
    expect(symmetricRange().parse([-1, 2])).toEqual([-1, 2]);
    expect(Object.is(symmetricRange().parse(0)[0], 0)).toBe(true);
  });

  it('refuses what is no range', () => {
    for (const wrong of [-3, [2, -1], [1], '3', Number.NaN])
      expect(symmetricRange().safeParse(wrong).success).toBe(false);
  });
});

describe('drawIntegerFrom', () => {
  const drawn = (min: number, max: number) => {
    const generator = new Generator({ seed: 1, purpose: 'augmentation' });
    return [...new Set(Array.from({ length: 100 }, () => drawIntegerFrom([min, max], generator)))].sort();
  };

  it('draws the integers of the range', () => {
    expect(drawn(0.5, 3.5)).toEqual([1, 2, 3]);
    expect(drawn(4, 4)).toEqual([4]);
  });
});
