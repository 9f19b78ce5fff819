import { Generator } from '@lockstep/core';
import { z } from 'zod';
import { createImage, type Image } from '../image.ts';
import { operations, pick } from './operations.ts';

/** An operation on one picture: what it is, and of which picture. */
export const caseSchema = z.strictObject({
  op: z.string(),
  parameters: z.record(z.string(), z.json()),
  /** Height, width, channels. */
  shape: z.tuple([z.int(), z.int(), z.int()]),
  /** Of the pixels. */
  seed: z.int(),
});
export type Case = z.infer<typeof caseSchema>;

/** Random cases, as many of each operation: sizes from 1×1, grey, RGB and RGBA. */
export function randomCases(count: number, seed: number): Case[] {
  const names = Object.keys(operations);
  return Array.from({ length: count }, (_, position) => {
    const random = new Generator({ seed, purpose: 'augmentation', position });
    const channels = pick(random, [1, 3, 3, 4]);
    const longest = pick(random, [3, 12, 40]);
    const height = 1 + random.integer(longest);
    const width = pick(random, [height, 1 + random.integer(longest)]);
    const op = names[position % names.length]!;
    const parameters = { ...operations[op]!.draw(random, { height, width, channels }) } as Case['parameters'];
    return { op, parameters, shape: [height, width, channels], seed: random.uint32() };
  });
}

/**
 * The picture of a case. For odd seeds noise; for even ones black but for some pixels, or few values not far apart. Bytes of
 * xorshift32 (Marsaglia, 2003).
 */
export function pictureOf({ shape: [height, width, channels], seed }: Case): Image {
  const image = createImage({ height, width, channels });
  let state = seed || 1;
  for (let i = 0; i < image.data.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    if (seed % 4 === 2) image.data[i] = (seed >>> 8) + ((state >>> 28) & 7) * 9;
    else image.data[i] = seed % 2 === 1 || (state >>> 28) % 3 === 0 ? state >>> 8 : 0;
  }
  return image;
}

/** What our operations make of a case. */
export function ourResult(item: Case): Image {
  return operations[item.op]!.ours(pictureOf(item), item.parameters);
}
