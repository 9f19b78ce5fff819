import { Generator } from '@lockstep/core';
import { z } from 'zod';
import type { ImageShape } from '../image.ts';
import { type CutmixBox, cutBox, pasteBox } from './cutmix.ts';
import { blend, mixupShare } from './mixup.ts';

/** How the samples of a batch are mixed with each other; the parameters of Beta(α, α), 0 for not at all. */
export const mixingSchema = z.strictObject({
  mixup: z.number().min(0).default(0),
  cutmix: z.number().min(0).default(0),
});
export type Mixing = z.output<typeof mixingSchema>;

/** What chance decides for one sample of a batch. */
export interface Mixture {
  /** The other sample's position in the batch. */
  readonly partner: number;
  /** What part of the mixed picture's target is the sample's own; the rest is the partner's. */
  readonly share: number;
  /** Which part of the picture is the partner's; everywhere a little of both where there is none. */
  readonly box: CutmixBox | undefined;
}

/** Where a sample is in a run. */
export interface MixingPlace {
  readonly seed: number;
  readonly epoch: number;
  /** Of the batch's first sample in the epoch. */
  readonly firstPosition: number;
  /** Of the batch. */
  readonly samples: number;
}

/**
 * With which other sample of its batch a sample is mixed, and how: a function of seed, epoch and position alone, so that
 * whoever makes the sample makes the same. Where there is both mixup and cutmix, each sample has one of them, each as likely. A
 * batch of one sample is not mixed.
 *
 * @param index the sample's position in the batch
 */
export function sampleMixture(
  { mixup, cutmix }: Mixing,
  { seed, epoch, firstPosition, samples }: MixingPlace,
  index: number,
  shape: Pick<ImageShape, 'height' | 'width'>,
): Mixture | undefined {
  if (samples < 2 || (mixup === 0 && cutmix === 0)) return undefined;
  const generator = new Generator({ seed, purpose: 'mixing', epoch, position: firstPosition + index });
  const other = generator.integer(samples - 1);
  const partner = other < index ? other : other + 1;
  const cuts = mixup === 0 || (cutmix > 0 && generator.integer(2) === 1);
  if (!cuts) return { partner, share: mixupShare(generator, mixup), box: undefined };
  return { partner, ...cutBox(generator, cutmix, shape) };
}

/**
 * Mixes a sample with its partner, in its place.
 *
 * @param out [height, width, channels] at `offset`
 * @param other the partner's picture
 */
export function mix(
  { share, box }: Mixture,
  shape: ImageShape,
  out: Float32Array,
  offset: number,
  other: Float32Array,
): void {
  if (box) pasteBox(box, shape, out, offset, other);
  else blend(share, out, offset, other);
}
