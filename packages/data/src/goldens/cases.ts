import { Generator } from '@lockstep/core';
import { z } from 'zod';
import { createImage, type Image } from '../image.ts';
import { affine } from '../transforms/affine.ts';
import { rotate } from '../transforms/rotate.ts';
import { shearX, shearY } from '../transforms/shear.ts';
import { translateX, translateY } from '../transforms/translate.ts';

const operations = ['affine', 'rotate', 'shear_x', 'shear_y', 'translate_x', 'translate_y'] as const;

const matrix = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]);

/** A transform of one picture: what it is, and of which picture. */
export const caseSchema = z.strictObject({
  op: z.enum(operations),
  /** Degrees, amount or pixels; not for affine. */
  value: z.number().optional(),
  matrix: matrix.optional(),
  /** Height, width, channels. */
  shape: z.tuple([z.int(), z.int(), z.int()]),
  /** Width and height of the result, for affine. */
  size: z.tuple([z.int(), z.int()]).optional(),
  resample: z.enum(['bilinear', 'nearest']),
  fill: z.union([z.number(), z.array(z.number())]),
  /** Of the pixels. */
  seed: z.int(),
});
export type Case = z.infer<typeof caseSchema>;

/** Random cases: sizes from 1×1, grey and RGB, values from harmless to absurd, and special ones among them. */
export function randomCases(count: number, seed: number): Case[] {
  return Array.from({ length: count }, (_, position) => {
    const random = new Generator({ seed, purpose: 'augmentation', position });
    const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)]!;
    const channels = pick([1, 3]);
    const longest = pick([3, 12, 40]);
    const height = 1 + random.integer(longest);
    const width = pick([height, 1 + random.integer(longest)]);
    const value = {
      affine: 0,
      rotate: pick([random.uniform(-400, 400), random.uniform(-15, 15), 15 * (random.integer(60) - 30)]),
      shear_x: pick([random.uniform(-0.3, 0.3), random.uniform(-3, 3), random.integer(5) - 2]),
      shear_y: pick([random.uniform(-0.3, 0.3), random.uniform(-3, 3), random.integer(5) - 2]),
      translate_x: pick([random.integer(2 * width + 3) - width - 1, random.uniform(-width - 1, width + 1)]),
      translate_y: pick([random.integer(2 * height + 3) - height - 1, random.uniform(-height - 1, height + 1)]),
    };
    const op = pick(operations);
    const base = {
      op,
      shape: [height, width, channels] as [number, number, number],
      resample: pick(['bilinear', 'nearest'] as const),
      fill: pick([0, random.integer(256), ...(channels === 3 ? [[1, 128, 255]] : [])]),
      seed: random.uint32(),
    };
    if (op !== 'affine') return { ...base, value: value[op] };
    return {
      ...base,
      size: pick<[number, number]>([
        [width, height],
        [1 + random.integer(longest), 1 + random.integer(longest)],
      ]),
      matrix: randomMatrix(random, pick([0, 1, 2, 3, 4])),
    };
  });
}

function randomMatrix(random: Generator, kind: number): z.infer<typeof matrix> {
  const near = () => random.uniform(-2, 2);
  const shift = () => random.uniform(-10, 10);
  // Scaling alone; anything; quarters, whose sums are exact; sixths, whose sums are not; beyond fixed point.
  if (kind === 0) return [near(), 0, shift(), 0, near(), shift()];
  if (kind === 1) return [near(), near(), shift(), near(), near(), shift()];
  const quarter = () => (random.integer(17) - 8) / 4;
  if (kind === 2) return [quarter(), quarter(), quarter(), quarter(), quarter(), quarter()];
  const sixth = () => (random.integer(17) - 8) / 6;
  if (kind === 3) return [sixth(), 0, sixth(), 0, sixth(), sixth()];
  const step = 65536 / (1 + random.integer(5));
  return [step, near() / 100, random.integer(4) - step / 2, near() / 100, near(), shift()];
}

/** The picture of a case: noise for odd seeds, for even ones black but for some pixels. Bytes of xorshift32 (Marsaglia, 2003). */
export function pictureOf({ shape: [height, width, channels], seed }: Case): Image {
  const image = createImage({ height, width, channels });
  let state = seed || 1;
  for (let i = 0; i < image.data.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    image.data[i] = seed % 2 === 1 || (state >>> 28) % 3 === 0 ? state >>> 8 : 0;
  }
  return image;
}

/** What our transforms make of a case. */
export function ourResult(item: Case): Image {
  const image = pictureOf(item);
  const { op, value = 0, resample, fill } = item;
  const options = { resample, fill };
  switch (op) {
    case 'affine': {
      const [width, height] = item.size ?? [image.width, image.height];
      const output = createImage({ height, width, channels: image.channels });
      return affine(image, item.matrix ?? [1, 0, 0, 0, 1, 0], options, output);
    }
    case 'rotate':
      return rotate(image, value, options);
    case 'shear_x':
      return shearX(image, value, options);
    case 'shear_y':
      return shearY(image, value, options);
    case 'translate_x':
      return translateX(image, value, options);
    case 'translate_y':
      return translateY(image, value, options);
  }
}
