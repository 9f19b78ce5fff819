import { TransformError } from './errors.ts';
import type { TransformSpec } from './transforms/define.ts';

/** Augmentation policies by name. */
export const augmentPolicies: Readonly<Record<string, TransformSpec>> = {
  /** Pictures as they are. */
  none: [],
  /** For digits, which neither mirror nor large turns leave as they are: small rotations, slants and shifts. */
  light: [
    { op: 'rotate', degrees: 12 },
    { op: 'shear_x', amount: 0.2, about: 'middle' },
    { op: 'translate_x', pixels: 2 },
    { op: 'translate_y', pixels: 2 },
  ],
};

/**
 * The policy of a name.
 *
 * @throws TransformError `TRANSFORM_UNKNOWN`, naming those that there are
 */
export function augmentPolicy(name: string): TransformSpec {
  if (Object.hasOwn(augmentPolicies, name)) return augmentPolicies[name]!;
  throw new TransformError(
    'TRANSFORM_UNKNOWN',
    `augmentation policy: expected one of ${Object.keys(augmentPolicies).join(', ')}, got "${name}"`,
  );
}
