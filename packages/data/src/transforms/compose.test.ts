import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createImage, type Image } from '../image.ts';
import { compose } from './compose.ts';
import { createTransform } from './create.ts';
import type { JsonValue, TransformSpec } from './define.ts';
import { sometimes } from './sometimes.ts';

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

  it('gives what its parts give one after the other, whatever they are', () => {
    const parts: TransformSpec[] = [
      { op: 'random_crop', size: [11, 9] },
      { op: 'random_crop', size: [12, 10], padding: 3, paddingMode: 'reflect' },
      { op: 'resize', size: [20, 30] },
      { op: 'random_resized_crop', size: [14, 12] },
      { op: 'rotate', degrees: 40, fill: 5 },
      { op: 'perspective' },
      { op: 'vertical_flip', probability: 1 },
      { op: 'horizontal_flip', probability: 1 },
      { op: 'cutout', size: 5, fill: 7 },
      { op: 'sharpness', factor: 2 },
      { op: 'autocontrast' },
      { op: 'aug_mix' },
      { op: 'pixmix' },
      sometimes(0.5, [{ op: 'equalize' }, { op: 'solarize' }, { op: 'hue', shift: 0.2 }]),
    ];
    for (let i = 0; i < 60; i++) {
      const generator = new Generator({ seed: 3, purpose: 'mixing', position: i });
      const chosen = Array.from({ length: 1 + generator.integer(5) }, () => parts[generator.integer(parts.length)]!);
      const channels = [1, 3, 4][i % 3]!;
      const shape = { height: 14 + generator.integer(9), width: 14 + generator.integer(9), channels };
      const image = createImage(shape);
      for (let at = 0; at < image.data.length; at++) image.data[at] = generator.uint32() & 255;
      const before = image.data.slice();
      const together = createTransform(chosen);
      const sampled = together.sample(generator, image) as readonly JsonValue[];
      let one = image;
      let mask: Image = { ...image, channels: 1, data: image.data.slice(0, shape.height * shape.width) };
      const wholeMask = together.applyToMask(mask, sampled);
      for (const [step, spec] of chosen.entries()) {
        const transform = createTransform(spec);
        one = transform.apply(one, sampled[step]!);
        mask = transform.applyToMask(mask, sampled[step]!);
      }
      expect(together.apply(image, sampled)).toEqual(one);
      expect(wholeMask).toEqual(mask);
      expect(image.data).toEqual(before);
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
