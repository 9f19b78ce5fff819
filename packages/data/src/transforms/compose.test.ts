import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { compose } from './compose.ts';
import { createTransform } from './create.ts';
import type { TransformSpec } from './define.ts';

const row = (...bytes: number[]): Image => ({
  data: Uint8Array.from(bytes),
  height: 1,
  width: bytes.length,
  channels: 1,
});
const left = (pixels: number, fill: number) => ({ op: 'translate_x', pixels: [pixels, pixels], fill });

describe('compose', () => {
  it.each([
    [0, [1, 2, 3, 4, 5]],
    [1, [2, 3, 4, 5, 11]],
    [2, [3, 4, 5, 11, 12]],
    [3, [4, 5, 11, 12, 13]],
    [4, [5, 11, 12, 13, 14]],
  ])('does %i transforms in their order, without touching the input', (count, expected) => {
    const transform = createTransform(compose(...Array.from({ length: count }, (_, i) => left(1, 11 + i))));
    const image = row(1, 2, 3, 4, 5);
    const output = row(99, 99, 99, 99, 99);
    const sampled = transform.sample(new Generator({ seed: 1, purpose: 'augmentation' }), image);
    expect(sampled).toEqual(Array.from({ length: count }, () => ({ pixels: 1 })));
    transform.apply(image, sampled, output);
    expect([...output.data]).toEqual(expected);
    expect([...image.data]).toEqual([1, 2, 3, 4, 5]);
  });

  it('is the list of its parts, lists within lists too', () => {
    const parts = [left(1, 0), [left(2, 0), left(-1, 0)]];
    expect(createTransform(parts).spec).toEqual(createTransform(compose(...parts)).spec);
  });

  it('goes from one shape to another', () => {
    const transform = createTransform([left(1, 7), left(1, 8)]);
    for (const image of [row(1, 2, 3), row(1, 2, 3, 4, 5, 6)]) {
      const output = createImage(image);
      transform.apply(image, [{ pixels: 1 }, { pixels: 1 }], output);
      expect([...output.data]).toEqual([...image.data.subarray(2), 7, 8]);
    }
  });

  it('draws for each part by its name and its turn among those of that name, whatever else there is', () => {
    const drawn = (...specs: TransformSpec[]) => {
      const transform = createTransform(specs);
      return transform.sample(new Generator({ seed: 1, purpose: 'augmentation', position: 5 }), row(1));
    };
    const part = (name: string) => new Generator({ seed: 1, purpose: 'augmentation', position: 5 }).part(name);
    const rotate = { op: 'rotate', degrees: 9 };
    const shear = { op: 'shear_x', amount: 1 };
    const rotated = { degrees: part('rotate').uniform(-9, 9) };
    const rotatedAgain = { degrees: part('rotate 2').uniform(-9, 9) };
    const sheared = { amount: part('shear_x').uniform(-1, 1) };
    expect(drawn(rotate)).toEqual([rotated]);
    expect(drawn(rotate, shear)).toEqual([rotated, sheared]);
    expect(drawn(shear, rotate, rotate)).toEqual([sheared, rotated, rotatedAgain]);
    expect(drawn(shear, [rotate, shear])).toEqual([sheared, [expect.anything(), expect.anything()]]);
    expect(drawn(shear, [rotate, shear])).not.toEqual([sheared, [rotated, sheared]]);
  });
});
