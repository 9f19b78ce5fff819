import { describe, expect, it } from 'vitest';
import { createTransform } from './create.ts';
import { identityMap, mapBox } from './geometry.ts';

const shape = { height: 10, width: 20, channels: 3 };

describe('mapBox', () => {
  it('goes the other way than the map, and is cut off at the edges', () => {
    expect(mapBox([1, 2, 5, 6], identityMap, shape)).toEqual([1, 2, 5, 6]);
    expect(mapBox([1, 2, 5, 6], [1, 0, 3, 0, 1, -1, 0, 0], shape)).toEqual([0, 3, 2, 7]);
    expect(mapBox([1, 2, 5, 6], [0.5, 0, 0, 0, 1, 0, 0, 0], shape)).toEqual([2, 2, 10, 6]);
    expect(mapBox([1, 2, 5, 6], [1, 0, 5, 0, 1, 0, 0, 0], shape)).toBe(null);
    expect(mapBox([1, 2, 5, 6], [0, 0, 5, 0, 1, 0, 0, 0], shape)).toBe(null);
  });

  it('is the box around the corners of what is turned', () => {
    // A quarter counter-clockwise about the middle of a square: (x, y) comes from (10 − y, x).
    expect(mapBox([1, 2, 5, 6], [0, -1, 10, 1, 0, 0, 0, 0], { ...shape, width: 10 })).toEqual([2, 5, 6, 9]);
  });

  it('divides along a perspective, and reaches as far as one can see behind the horizon', () => {
    // x = X/(1 + X/20) gives X = x/(1 − x/20).
    const map = [1, 0, 0, 0, 1, 0, 1 / 20, 0] as const;
    const [left, , right] = mapBox([0, 0, 5, 1], map, shape)!;
    expect([left, right]).toEqual([0, expect.closeTo(20 / 3, 9)]);
    expect(mapBox([0, 0, 20, 1], map, shape)).toEqual([0, 0, 20, 10]);
  });
});

describe('boxes', () => {
  const moved = (spec: { op: string; [key: string]: never | number | string | number[] }, sampled: never) =>
    createTransform(spec).applyToBoxes([[2, 1, 6, 4]], sampled, shape)[0];

  it.each([
    ['horizontal_flip', {}, { flipped: true }, [14, 1, 18, 4]],
    ['horizontal_flip', {}, { flipped: false }, [2, 1, 6, 4]],
    ['vertical_flip', {}, { flipped: true }, [2, 6, 6, 9]],
    ['random_crop', { size: 8, padding: 2 }, { top: -2, left: 3 }, [0, 3, 3, 6]],
    ['center_crop', { size: [4, 20] }, null, [2, 0, 6, 1]],
    ['resize', { size: [20, 10] }, null, [1, 2, 3, 8]],
    ['random_resized_crop', { size: 16 }, { top: 1, left: 2, height: 8, width: 8 }, [0, 0, 8, 6]],
    ['translate_x', { pixels: 3 }, { pixels: 3 }, [0, 1, 3, 4]],
    ['translate_y', { pixels: 3 }, { pixels: -3 }, [2, 4, 6, 7]],
    ['shear_x', { amount: 1 }, { amount: 1 }, [0, 1, 5, 4]],
    ['rotate', { degrees: 180 }, { degrees: 180 }, [14, 6, 18, 9]],
    ['invert', {}, null, [2, 1, 6, 4]],
  ])('%s %o', (op, parameters, sampled, expected) => {
    expect(moved({ op, ...parameters }, sampled as never)).toEqual(expected);
  });

  it('go through a chain with its shapes', () => {
    const chain = createTransform([
      { op: 'resize', size: [20, 40] },
      { op: 'horizontal_flip' },
      { op: 'center_crop', size: 20 },
    ]);
    expect(chain.applyToBoxes([[2, 1, 12, 4]], [null, { flipped: true }, null], shape)).toEqual([[6, 2, 20, 8]]);
  });
});
