import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { createTransform } from './create.ts';
import { erase } from './random-erasing.ts';
import { drawRegion } from './region.ts';
import { roundHalfEven } from './rounding.ts';

const shape = { height: 40, width: 60, channels: 1 };
const at = (position: number) => new Generator({ seed: 1, purpose: 'augmentation', position });
const positions = Array.from({ length: 1000 }, (_, i) => i);

describe('drawRegion', () => {
  it('keeps area, ratio and frame', () => {
    const regions = positions.map((position) => drawRegion([0.1, 0.5], [0.5, 2], true, at(position), shape)!);
    for (const { top, left, height, width } of regions) {
      const area = (height * width) / 2400;
      expect(area).toBeGreaterThan(0.09);
      expect(area).toBeLessThan(0.52);
      expect(width / height).toBeGreaterThan(0.45);
      expect(width / height).toBeLessThan(2.2);
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(top + height).toBeLessThanOrEqual(40);
      expect(left + width).toBeLessThanOrEqual(60);
    }
    // The logarithm of the ratio is uniform about 0: as many are wide as are high.
    const wide = regions.filter(({ height, width }) => width > height).length;
    expect(Math.abs(wide - 500)).toBeLessThan(64);
    expect(regions[0]).toEqual(drawRegion([0.1, 0.5], [0.5, 2], true, at(0), shape));
  });

  it('gives up where nothing fits', () => {
    expect(drawRegion([1, 1], [1, 1], true, at(0), shape)).toBe(null);
    expect(drawRegion([1, 1], [1.5, 1.5], true, at(0), shape)).toEqual({ top: 0, left: 0, height: 40, width: 60 });
    expect(drawRegion([1, 1], [1.5, 1.5], false, at(0), shape)).toBe(null);
  });
});

describe('random_resized_crop', () => {
  it('falls back to the middle where nothing fits, as torchvision does', () => {
    const sample = (ratio: number, height: number, width: number) =>
      createTransform({ op: 'random_resized_crop', size: 8, scale: [1, 1], ratio: [ratio, ratio] }).sample(at(0), {
        height,
        width,
        channels: 1,
      });
    expect(sample(1, 40, 60)).toEqual({ top: 0, left: 10, height: 40, width: 40 });
    expect(sample(2, 40, 60)).toEqual({ top: 5, left: 0, height: 30, width: 60 });
    // 5/2 is rounded to the even number.
    expect(sample(2, 40, 5)).toEqual({ top: 19, left: 0, height: 2, width: 5 });
  });
});

describe('erasing', () => {
  const image: Image = { data: Uint8Array.from({ length: 12 }, (_, i) => i + 1), height: 3, width: 4, channels: 1 };

  it('paints a rectangle, as far as it is in the picture', () => {
    expect([...erase(image, { top: 1, left: 2, height: 9, width: 9 }, 0).data]).toEqual([
      1, 2, 3, 4, 5, 6, 0, 0, 9, 10, 0, 0,
    ]);
    expect([...erase(image, { top: -1, left: -1, height: 2, width: 2 }, 77).data]).toEqual([
      77, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    expect(erase(image, { top: 0, left: 4, height: 1, width: 1 }, 77).data).toEqual(image.data);
  });

  it('happens as often as it is told', () => {
    const transform = createTransform({ op: 'random_erasing', probability: 0.25 });
    const erased = positions.filter((position) => transform.sample(at(position), shape) !== null).length;
    expect(Math.abs(erased - 250)).toBeLessThan(55);
    expect(transform.apply(image, null).data).toEqual(image.data);
  });

  it('cuts out a square about a pixel', () => {
    const transform = createTransform({ op: 'cutout', size: 2, fill: 50 });
    expect([...transform.apply(image, { row: 0, column: 3 }).data]).toEqual([1, 2, 50, 50, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(
      transform.apply(createImage(shape), transform.sample(at(0), shape)).data.filter((v) => v === 50).length,
    ).toBe(4);
  });
});

describe('numbers', () => {
  it('rounds halves to the even number', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 2.5001].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, 2, 3]);
  });
});
