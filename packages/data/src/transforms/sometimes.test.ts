import { Generator } from '@lockstep/core';
import { expect, it } from 'vitest';
import type { Image } from '../image.ts';
import { createTransform } from './create.ts';
import { sometimes } from './sometimes.ts';

const image: Image = { data: Uint8Array.of(1, 2), height: 1, width: 2, channels: 1 };

it('does a transform as often as it is told', () => {
  const applied = (probability: number) => {
    const transform = createTransform(sometimes(probability, { op: 'invert' }));
    return Array.from({ length: 400 }, (_, position) =>
      transform.sample(new Generator({ seed: 1, purpose: 'augmentation', position }), image),
    ).filter((sampled) => sampled !== null).length;
  };
  expect([applied(0), applied(1)]).toEqual([0, 400]);
  // Four standard deviations of a count of 400 draws at 0.3.
  expect(Math.abs(applied(0.3) - 120)).toBeLessThan(37);
});

it('does it or leaves the picture as it is', () => {
  const transform = createTransform(sometimes(0.5, { op: 'invert' }));
  expect([...transform.apply(image, transform.parseSampled(null)).data]).toEqual([1, 2]);
  expect([...transform.apply(image, transform.parseSampled({ sampled: null })).data]).toEqual([254, 253]);
  expect(() => transform.parseSampled({ sampled: 3 })).toThrow('invert, sampled values: 3');
  expect(() => createTransform(sometimes(1.5, []))).toThrow('at probability');
});
