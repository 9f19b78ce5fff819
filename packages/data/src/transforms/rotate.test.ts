import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { createTransform } from './create.ts';
import { rotate } from './rotate.ts';

describe('rotate', () => {
  const wide: Image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), height: 2, width: 3, channels: 1 };
  const square: Image = { data: Uint8Array.of(1, 2, 3, 4), height: 2, width: 2, channels: 1 };

  it('turns counter-clockwise, by quarters exactly', () => {
    expect([...rotate(wide, 0).data]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...rotate(wide, 180).data]).toEqual([6, 5, 4, 3, 2, 1]);
    expect([...rotate(square, 90).data]).toEqual([2, 4, 1, 3]);
    expect([...rotate(square, -90).data]).toEqual([3, 1, 4, 2]);
    expect([...rotate(square, 720 + 270).data]).toEqual([3, 1, 4, 2]);
  });

  it('turns pictures with transparency by quarters too', () => {
    const rgba: Image = { ...square, data: Uint8Array.from({ length: 16 }, (_, i) => i) };
    const image = { ...rgba, channels: 4 };
    expect([...rotate(image, 180).data]).toEqual([12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3]);
    expect([...rotate(image, -90).data]).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 12, 13, 14, 15, 4, 5, 6, 7]);
  });

  it('keeps the frame where it is not square', () => {
    // By Pillow. The frame's columns fall between those of the turned picture.
    expect([...rotate(wide, 90, { fill: 9 }).data]).toEqual([2, 4, 9, 1, 3, 9]);
    expect([...rotate(wide, -270, { fill: 9, resample: 'nearest' }).data]).toEqual([3, 6, 9, 2, 5, 9]);
  });

  it('wants an output of the same shape', () => {
    expect(() => rotate(wide, 10, {}, createImage({ height: 3, width: 2, channels: 1 }))).toThrow(
      'rotate: expected an output of the shape of the image, 2×3×1, got 3×2×1',
    );
  });

  it('draws angles from its range', () => {
    const transform = createTransform({ op: 'rotate', degrees: [10, 20] });
    const generator = new Generator({ seed: 1, purpose: 'augmentation' });
    const first = new Generator({ seed: 1, purpose: 'augmentation' }).uniform(10, 20);
    expect(transform.sample(generator, square)).toEqual({ degrees: first });
    expect(createTransform({ op: 'rotate', degrees: 15 }).spec).toEqual({
      op: 'rotate',
      degrees: [-15, 15],
      resample: 'bilinear',
      fill: 0,
    });
  });
});
