import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createImage, type Image, type ImageShape } from '../image.ts';
import { createTransform } from './create.ts';
import type { Transform, TransformSpec } from './define.ts';
import { builtinTransforms } from './registry.ts';

/** One specification of each transform, as short as it may be. */
const specs: Readonly<Record<string, TransformSpec>> = {
  compose: [
    { op: 'rotate', degrees: 30 },
    { op: 'random_crop', size: [9, 14], padding: 2 },
    { op: 'hue', shift: 0.2 },
  ],
  one_of: { op: 'one_of', transforms: [{ op: 'equalize' }, { op: 'shear_x', amount: 0.3 }] },
  some_of: {
    op: 'some_of',
    count: [1, 3],
    replacement: true,
    transforms: [{ op: 'rotate', degrees: 9 }, { op: 'invert' }],
  },
  sometimes: { op: 'sometimes', probability: 0.5, transform: { op: 'translate_y', pixels: 3 } },
  aug_mix: { op: 'aug_mix', allOps: true },
  auto_augment: { op: 'auto_augment', policy: 'cifar10', fill: 3 },
  autocontrast: { op: 'autocontrast', cutoff: [1, 2] },
  brightness: { op: 'brightness', factor: [0.5, 1.5] },
  center_crop: { op: 'center_crop', size: [8, 13] },
  color: { op: 'color', factor: 0.3 },
  color_jitter: { op: 'color_jitter', brightness: 0.4, contrast: 0.4, saturation: [0.2, 3], hue: 0.1 },
  contrast: { op: 'contrast', factor: [0, 2] },
  cutout: { op: 'cutout', size: 5 },
  equalize: { op: 'equalize' },
  grayscale: { op: 'grayscale' },
  horizontal_flip: { op: 'horizontal_flip' },
  hue: { op: 'hue', shift: 0.5 },
  invert: { op: 'invert' },
  pca_lighting: { op: 'pca_lighting', deviation: 0.5 },
  perspective: { op: 'perspective', fill: 7 },
  pixmix: { op: 'pixmix' },
  posterize: { op: 'posterize', bits: [1, 7] },
  rand_augment: { op: 'rand_augment', count: 3, resample: 'bilinear' },
  random_crop: { op: 'random_crop', size: 12, padding: 4, fill: 7 },
  random_erasing: { op: 'random_erasing', fill: [1, 2, 3] },
  random_resized_crop: { op: 'random_resized_crop', size: [6, 17] },
  resize: { op: 'resize', size: 7 },
  rotate: { op: 'rotate', degrees: 45, fill: 9 },
  sharpness: { op: 'sharpness', factor: [0, 3] },
  shear_x: { op: 'shear_x', amount: 0.5 },
  shear_y: { op: 'shear_y', amount: 0.5, about: 'middle' },
  solarize: { op: 'solarize', threshold: [0, 256] },
  solarize_add: { op: 'solarize_add', addition: [0, 110] },
  translate_x: { op: 'translate_x', pixels: 5 },
  translate_y: { op: 'translate_y', pixels: 5, fractional: true },
  trivial_augment_wide: { op: 'trivial_augment_wide' },
  vertical_flip: { op: 'vertical_flip', probability: 0.7 },
};

const shape = { height: 16, width: 20, channels: 3 };
const image: Image = { ...shape, data: Uint8Array.from({ length: 960 }, (_, i) => (i * 7919 + (i >> 3) * 31) & 255) };
const generator = (position: number) => new Generator({ seed: 5, purpose: 'augmentation', position });
const positions = Array.from({ length: 12 }, (_, i) => i);
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(builtinTransforms.map(({ name }) => name))('%s', (name) => {
  const transform: Transform = createTransform(specs[name]);

  it('is the same again of its specification, and does the same again with what was drawn, as JSON', () => {
    const again = createTransform(json(transform.spec));
    expect(again.spec).toEqual(transform.spec);
    for (const position of positions) {
      const sampled = transform.sample(generator(position), shape);
      expect(again.sample(generator(position), shape)).toEqual(sampled);
      const replayed = again.apply(image, again.parseSampled(json(sampled)));
      expect(replayed).toEqual(transform.apply(image, sampled));
      const { height, width, channels } = replayed;
      expect({ height, width, channels }).toEqual(transform.outputShape(shape));
    }
  });

  it('writes all of an output that it is given, and nothing to the picture', () => {
    const before = image.data.slice();
    for (const position of positions) {
      const sampled = transform.sample(generator(position), shape);
      const output = createImage(transform.outputShape(shape));
      output.data.fill(123);
      expect(transform.apply(image, sampled, output)).toBe(output);
      expect(output).toEqual(transform.apply(image, sampled));
      expect(Buffer.compare(image.data, before)).toBe(0);
    }
  });

  it('moves boxes with the mask of what is in them', () => {
    const box = [3, 4, 12, 11] as const;
    const mask = createImage({ ...shape, channels: 1 });
    for (let y = 4; y < 11; y++) mask.data.fill(1, y * 20 + 3, y * 20 + 12);
    for (const position of positions) {
      const sampled = transform.sample(generator(position), shape);
      const moved = transform.applyToMask(mask, sampled);
      expect({ ...moved, data: 0 }).toEqual({ ...transform.outputShape(shape), channels: 1, data: 0 });
      const [mapped] = transform.applyToBoxes([box, null], sampled, shape);
      const seen = boundsOf(moved);
      // The nearest pixel is up to a half away. Of a turned box the corners reach further than what is in the frame.
      if (mapped === null || mapped === undefined) expect(seen).toBe(null);
      else if (seen !== null) {
        expect(seen[0]).toBeGreaterThanOrEqual(mapped[0] - 1);
        expect(seen[1]).toBeGreaterThanOrEqual(mapped[1] - 1);
        expect(seen[2]).toBeLessThanOrEqual(mapped[2] + 1);
        expect(seen[3]).toBeLessThanOrEqual(mapped[3] + 1);
      }
      expect(transform.applyToBoxes([null], sampled, shape)).toEqual([null]);
    }
  });
});

it('has a specification of each transform to test', () => {
  expect(Object.keys(specs).sort()).toEqual(builtinTransforms.map(({ name }) => name).sort());
});

/** The smallest box around what is not 0; null for nothing. */
function boundsOf({ data, width }: Image): number[] | null {
  const at = [...data].flatMap((value, i) => (value === 0 ? [] : [i]));
  if (at.length === 0) return null;
  const columns = at.map((i) => i % width);
  const rows = at.map((i) => Math.floor(i / width));
  return [Math.min(...columns), Math.min(...rows), Math.max(...columns) + 1, Math.max(...rows) + 1];
}

describe('shapes', () => {
  const of = (spec: TransformSpec, from: ImageShape = shape) => createTransform(spec).outputShape(from);

  it('are known before anything is done', () => {
    expect(of({ op: 'resize', size: 8 })).toEqual({ height: 8, width: 10, channels: 3 });
    expect(of({ op: 'resize', size: 8 }, { height: 21, width: 10, channels: 1 })).toEqual({
      height: 16,
      width: 8,
      channels: 1,
    });
    expect(
      of([
        { op: 'resize', size: [5, 6] },
        { op: 'center_crop', size: 4 },
      ]),
    ).toEqual({ height: 4, width: 4, channels: 3 });
    expect(of({ op: 'grayscale', channels: '1' })).toEqual({ height: 16, width: 20, channels: 1 });
  });

  it('are not left to chance', () => {
    const smaller = { op: 'resize', size: 8 };
    for (const spec of [
      { op: 'sometimes', probability: 0.5, transform: smaller },
      { op: 'one_of', transforms: [smaller, { op: 'invert' }] },
      { op: 'some_of', count: 1, transforms: [smaller] },
    ]) {
      expect(() => of(spec)).toThrow('chance must not decide the shape of a result');
    }
    const large = { op: 'random_crop', size: 25, padding: 2 };
    for (const call of [() => of(large), () => createTransform([large]).sample(generator(0), shape)]) {
      expect(call).toThrow(
        'random_crop: expected a picture of at least 25×25 with 2 pixels of padding on each side, got 16×20',
      );
    }
  });
});
