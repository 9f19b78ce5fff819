import { TransformError } from './errors.ts';
import type { TransformSpec } from './transforms/define.ts';
import { pixmix } from './transforms/pixmix.ts';

/** Augmentation policies by name. */
export const augmentPolicies: Readonly<Record<string, readonly TransformSpec[]>> = {
  /** Pictures as they are. */
  none: [],
  /** For digits, which neither mirror nor large turns leave as they are: small rotations, slants and shifts. */
  light: [
    { op: 'rotate', degrees: 12 },
    { op: 'shear_x', amount: 0.2, about: 'middle' },
    { op: 'translate_x', pixels: 2 },
    { op: 'translate_y', pixels: 2 },
  ],
  /** What nearly all that was trained on CIFAR was trained with: shifts by up to 4 pixels, to 32×32, and mirroring. */
  cifar: [{ op: 'random_crop', size: 32, padding: 4 }, { op: 'horizontal_flip' }],
  /** Parts of pictures, as 224×224, and mirroring (Szegedy et al., "Going deeper with convolutions", 2015). */
  imagenet: [{ op: 'random_resized_crop', size: 224 }, { op: 'horizontal_flip' }],
  /** Krizhevsky, Sutskever and Hinton, 2012, §4.1: parts of 224×224, mirroring, and light of other colours. */
  alexnet: [
    { op: 'resize', size: 256 },
    { op: 'random_crop', size: 224 },
    { op: 'horizontal_flip' },
    { op: 'pca_lighting' },
  ],
  'auto-augment-cifar10': [{ op: 'auto_augment', policy: 'cifar10' }],
  'auto-augment-imagenet': [{ op: 'auto_augment', policy: 'imagenet' }],
  'auto-augment-svhn': [{ op: 'auto_augment', policy: 'svhn' }],
  'rand-augment': [{ op: 'rand_augment' }],
  'trivial-augment-wide': [{ op: 'trivial_augment_wide' }],
  augmix: [{ op: 'aug_mix' }],
  pixmix: [pixmix()],
};

/**
 * The policy of a name, or of several with + between, one after the other: `cifar+trivial-augment-wide`.
 *
 * @throws TransformError `TRANSFORM_UNKNOWN`, naming those that there are
 */
export function augmentPolicy(name: string): readonly TransformSpec[] {
  return name.split('+').flatMap((part) => {
    if (Object.hasOwn(augmentPolicies, part)) return augmentPolicies[part]!;
    throw new TransformError(
      'TRANSFORM_UNKNOWN',
      `augmentation policy: expected one of ${Object.keys(augmentPolicies).join(', ')}, or several with + between, got "${part}"`,
    );
  });
}
