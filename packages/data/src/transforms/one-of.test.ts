import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { createTransform } from './create.ts';
import { oneOf } from './one-of.ts';

describe('oneOf', () => {
  const image: Image = { data: Uint8Array.of(1, 2, 3), height: 1, width: 3, channels: 1 };
  const transform = createTransform(
    oneOf({ op: 'translate_x', pixels: [1, 1] }, { op: 'translate_x', pixels: [2, 2] }, []),
  );

  it('chooses each as often', () => {
    const counts = [0, 0, 0];
    for (let position = 0; position < 3000; position++) {
      const generator = new Generator({ seed: 1, purpose: 'augmentation', position });
      const expected = new Generator({ seed: 1, purpose: 'augmentation', position }).integer(3);
      const sampled = transform.sample(generator, image);
      expect(sampled).toEqual({ chosen: expected, sampled: expected === 2 ? [] : { pixels: expected + 1 } });
      counts[expected]!++;
    }
    // Three standard deviations of a count of 3,000 draws at 1/3.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(78);
  });

  it('does what was chosen', () => {
    const results = [
      { chosen: 0, sampled: { pixels: 1 } },
      { chosen: 1, sampled: { pixels: 2 } },
      { chosen: 2, sampled: [] },
    ];
    const bytes = results.map((sampled) => {
      const output = createImage(image);
      transform.apply(image, transform.parseSampled(sampled), output);
      return [...output.data];
    });
    expect(bytes).toEqual([
      [2, 3, 0],
      [3, 0, 0],
      [1, 2, 3],
    ]);
  });
});
