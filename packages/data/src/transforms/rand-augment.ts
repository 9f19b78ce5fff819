import { z } from 'zod';
import { defineDrawnPolicy, policyResampling } from './drawn-policy.ts';
import { isSigned, narrowSpace, operationOfMagnitude } from './magnitudes.ts';

/** What RandAugment and TrivialAugment draw from, in torchvision's order. */
export const randAugmentOperations: readonly string[] = [
  'identity',
  'shear_x',
  'shear_y',
  'translate_x',
  'translate_y',
  'rotate',
  'brightness',
  'color',
  'contrast',
  'sharpness',
  'posterize',
  'solarize',
  'autocontrast',
  'equalize',
];

/**
 * `{ op: 'rand_augment', count: 2, magnitude: 9 }`: two operations, each as likely, all of magnitude 9 of 0..30 (Cubuk et al.,
 * "RandAugment", arXiv 1909.13719), as torchvision's `RandAugment`.
 */
export const randAugmentTransform = defineDrawnPolicy({
  name: 'rand_augment',
  parameters: z
    .strictObject({
      count: z.int().min(0).max(100).default(2),
      magnitude: z.int().min(0).default(9),
      bins: z.int().min(2).default(31),
      ...policyResampling,
    })
    .refine(({ magnitude, bins }) => magnitude < bins, {
      error: 'expected a magnitude below bins',
      path: ['magnitude'],
    }),
  draw({ count, magnitude: index, bins }, generator, shape) {
    return Array.from({ length: count }, () => {
      const op = randAugmentOperations[generator.integer(randAugmentOperations.length)]!;
      if (op === 'identity') return [];
      const negative = isSigned(op) && generator.integer(2) === 1;
      return [operationOfMagnitude(op, narrowSpace, { index, bins, negative }, shape)];
    }).flat();
  },
});
