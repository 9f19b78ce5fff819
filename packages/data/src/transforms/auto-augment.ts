import { z } from 'zod';
import { autoAugmentPolicies } from './auto-augment-policies.ts';
import { defineDrawnPolicy, policyResampling } from './drawn-policy.ts';
import { isSigned, narrowSpace, operationOfMagnitude } from './magnitudes.ts';

/**
 * `{ op: 'auto_augment', policy: 'imagenet' }`: one of the 25 pairs of operations that were found for ImageNet (or `cifar10`,
 * `svhn`), each operation with its own probability and magnitude (Cubuk et al., "AutoAugment", arXiv 1805.09501), as
 * torchvision's `AutoAugment`.
 */
export const autoAugmentTransform = defineDrawnPolicy({
  name: 'auto_augment',
  parameters: z.strictObject({
    policy: z.enum(['imagenet', 'cifar10', 'svhn']).default('imagenet'),
    ...policyResampling,
  }),
  draw({ policy }, generator, shape) {
    const pairs = autoAugmentPolicies[policy];
    return pairs[generator.integer(pairs.length)]!.flatMap(([op, probability, index]) => {
      if (generator.uniform() >= probability) return [];
      const negative = isSigned(op) && generator.integer(2) === 0;
      return [operationOfMagnitude(op, narrowSpace, { index: index ?? 0, bins: 10, negative }, shape)];
    });
  },
});
