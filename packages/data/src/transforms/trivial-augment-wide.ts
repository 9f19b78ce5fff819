import { z } from 'zod';
import { defineDrawnPolicy, policyResampling } from './drawn-policy.ts';
import { isSigned, type MagnitudeSpace, operationOfMagnitude } from './magnitudes.ts';
import { randAugmentOperations } from './rand-augment.ts';

/** As far as the operations go. */
export const wideSpace: MagnitudeSpace = { shear: 0.99, translate: () => 32, degrees: 135, factor: 0.99, bits: 6 };

/**
 * `{ op: 'trivial_augment_wide' }`: one operation, with one of 31 magnitudes, each as likely (Müller and Hutter,
 * "TrivialAugment", arXiv 2103.10158), as torchvision's `TrivialAugmentWide`.
 */
export const trivialAugmentWideTransform = defineDrawnPolicy({
  name: 'trivial_augment_wide',
  parameters: z.strictObject({ bins: z.int().min(2).default(31), ...policyResampling }),
  draw({ bins }, generator, shape) {
    const op = randAugmentOperations[generator.integer(randAugmentOperations.length)]!;
    if (op === 'identity') return [];
    const index = generator.integer(bins);
    const negative = isSigned(op) && generator.integer(2) === 1;
    return [operationOfMagnitude(op, wideSpace, { index, bins, negative }, shape)];
  },
});
