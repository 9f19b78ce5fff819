import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { createTransform } from './create.ts';
import { crop, type PaddingMode } from './crop.ts';

const image: Image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), height: 2, width: 3, channels: 1 };
const cropped = (top: number, left: number, height: number, width: number, paddingMode: PaddingMode) => [
  ...crop(image, top, left, createImage({ height, width, channels: 1 }), { paddingMode, fill: 9 }).data,
];

describe('crop', () => {
  it('cuts out what is inside', () => {
    expect(cropped(1, 1, 1, 2, 'constant')).toEqual([5, 6]);
  });

  it('continues beyond the edges', () => {
    expect(cropped(0, -2, 1, 7, 'constant')).toEqual([9, 9, 1, 2, 3, 9, 9]);
    expect(cropped(0, -2, 1, 7, 'edge')).toEqual([1, 1, 1, 2, 3, 3, 3]);
    expect(cropped(0, -2, 1, 7, 'reflect')).toEqual([3, 2, 1, 2, 3, 2, 1]);
    expect(cropped(0, -2, 1, 7, 'symmetric')).toEqual([2, 1, 1, 2, 3, 3, 2]);
    expect(cropped(-2, 0, 5, 1, 'reflect')).toEqual([1, 4, 1, 4, 1]);
    expect(cropped(-2, 0, 5, 1, 'symmetric')).toEqual([4, 1, 1, 4, 4]);
    expect(cropped(5, 5, 1, 2, 'constant')).toEqual([9, 9]);
    expect(cropped(0, 4, 1, 2, 'edge')).toEqual([3, 3]);
  });
});

describe('random_crop', () => {
  it('draws each place in the padded picture as often', () => {
    const transform = createTransform({ op: 'random_crop', size: [2, 4], padding: 1 });
    const counts = new Map<string, number>();
    for (let position = 0; position < 600; position++) {
      const sampled = transform.sample(new Generator({ seed: 1, purpose: 'augmentation', position }), image);
      const key = JSON.stringify(sampled);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const places = [-1, 0, 1].flatMap((top) => [-1, 0].map((left) => JSON.stringify({ top, left })));
    expect([...counts.keys()].sort()).toEqual(places.sort());
    // Four standard deviations of a count of 600 draws at 1/6.
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(37);
  });
});

describe('center_crop', () => {
  it('rounds as torchvision does', () => {
    const middle = (size: [number, number]) => [
      ...createTransform({ op: 'center_crop', size }).apply(image, null).data,
    ];
    // (2 − 1)/2 is a half, and goes to 0; (3 − 1)/2 is 1.
    expect(middle([1, 1])).toEqual([2]);
    expect(middle([2, 2])).toEqual([1, 2, 4, 5]);
    expect(middle([1, 6])).toEqual([0, 1, 2, 3, 0, 0]);
  });
});
