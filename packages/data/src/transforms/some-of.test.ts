import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import type { Image } from '../image.ts';
import { createTransform } from './create.ts';
import type { JsonValue } from './define.ts';
import { someOf } from './some-of.ts';

const image: Image = { data: Uint8Array.of(1, 2, 3, 4), height: 1, width: 4, channels: 1 };
const left = (pixels: number, fill: number) => ({ op: 'translate_x', pixels: [pixels, pixels], fill });
const draws = (spec: JsonValue) => {
  const transform = createTransform(spec);
  return Array.from({ length: 600 }, (_, position) => {
    const generator = new Generator({ seed: 1, purpose: 'augmentation', position });
    return (transform.sample(generator, image) as { chosen: number }[]).map(({ chosen }) => chosen);
  });
};

describe('someOf', () => {
  it('does them in the order in which they were drawn', () => {
    const transform = createTransform(someOf(2, left(1, 8), left(2, 9)));
    const [first, second] = [
      { chosen: 0, sampled: { pixels: 1 } },
      { chosen: 1, sampled: { pixels: 2 } },
    ];
    expect([...transform.apply(image, [first, second]).data]).toEqual([4, 8, 9, 9]);
    expect([...transform.apply(image, [second, first]).data]).toEqual([4, 9, 9, 8]);
  });

  it('draws each order as often, and none twice', () => {
    const counts = new Map<string, number>();
    for (const drawn of draws(someOf(2, [], [], []))) counts.set(drawn.join(), (counts.get(drawn.join()) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(['0,1', '0,2', '1,0', '1,2', '2,0', '2,1']);
    // Four standard deviations of a count of 600 draws at 1/6.
    for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(37);
  });

  it('draws again where it may, and a number of them from its range', () => {
    const drawn = draws({ op: 'some_of', count: [0, 3], replacement: true, transforms: [[], []] });
    expect(new Set(drawn.map(({ length }) => length))).toEqual(new Set([0, 1, 2, 3]));
    expect(drawn.some(([a, b]) => a !== undefined && a === b)).toBe(true);
  });

  it('refuses more than there are, and sampled values that do not fit', () => {
    expect(() => createTransform(someOf(3, [], []))).toThrow('some_of: expected a count of at most 2');
    const transform = createTransform(someOf([1, 2], [], []));
    expect(transform.spec).toMatchObject({ count: [1, 2], replacement: false });
    expect(() => transform.parseSampled([])).toThrow('some_of, sampled values');
    expect(() => transform.parseSampled([{ chosen: 2, sampled: [] }])).toThrow('at [0].chosen');
  });
});
