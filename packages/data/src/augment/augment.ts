import { readFile } from 'node:fs/promises';
import { Generator } from '@lockstep/core';
import { fileError } from '../file-errors.ts';
import type { Image, ImageShape } from '../image.ts';
import { augmentPolicy } from '../policies.ts';
import { createTransform } from '../transforms/create.ts';
import type { JsonValue, Transform, TransformSpec } from '../transforms/define.ts';
import { transformsWithMixingSet } from '../transforms/registry.ts';
import { readPicture } from './read-picture.ts';

export interface AugmentOptions {
  /** In 0..2³² − 1. Default 0. */
  readonly seed?: number;
  /** Of the picture among others, in 0..2³² − 1: each has its own chance. Default 0. */
  readonly index?: number;
  /** How many results. Default 1. */
  readonly copies?: number;
  /** RGB pictures for PixMix, in the place of fractals. */
  readonly mixingSet?: readonly Image[];
}

/** A result, and what chance decided: `createTransform(policy).apply(picture, sampled)` gives it again. */
export interface Augmented {
  readonly image: Image;
  readonly sampled: JsonValue;
}

/**
 * Augments a picture, the same in every run and on every machine.
 *
 * ```ts
 * const [result] = await augment('photo.jpg', pixmix(), { seed: 1 });
 * ```
 *
 * @param picture an image, the path of a picture file, or the bytes of one; decoded at its own size
 * @param policy a transform, or the name of a policy
 * @throws DataError where the file cannot be read; TransformError where the policy is not valid or does not take the picture
 */
export async function augment(
  picture: Image | string | Uint8Array,
  policy: TransformSpec | string,
  { seed = 0, index = 0, copies = 1, mixingSet }: AugmentOptions = {},
): Promise<Augmented[]> {
  const spec = typeof policy === 'string' ? augmentPolicy(policy) : policy;
  const transform = createTransform(spec, mixingSet && transformsWithMixingSet(mixingSet));
  const image = await open(picture);
  return Array.from({ length: copies }, (_, copy) => {
    const sampled = sampleCopy(transform, image, { seed, index, copy });
    return { image: transform.apply(image, sampled), sampled };
  });
}

/** What chance decides for one of the copies of a picture: that of a sample in the epoch of the copy's number. */
export function sampleCopy(
  transform: Transform,
  shape: ImageShape,
  { seed, index, copy }: { readonly seed: number; readonly index: number; readonly copy: number },
): JsonValue {
  const generator = new Generator({ seed, purpose: 'augmentation', epoch: copy, position: index });
  return transform.sample(generator, shape);
}

async function open(picture: Image | string | Uint8Array): Promise<Image> {
  if (picture instanceof Uint8Array) return await readPicture(picture, 'picture');
  if (typeof picture !== 'string') return picture;
  const bytes = await readFile(picture).catch((error: unknown) => {
    throw fileError(picture, error, 'check the path');
  });
  return await readPicture(bytes, picture);
}
