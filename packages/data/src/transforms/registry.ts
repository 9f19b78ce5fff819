import { composeTransform } from './compose.ts';
import type { TransformDefinition } from './define.ts';
import { oneOfTransform } from './one-of.ts';
import { rotateTransform } from './rotate.ts';
import { shearXTransform, shearYTransform } from './shear.ts';
import { translateXTransform, translateYTransform } from './translate.ts';

/** The transforms that `createTransform` knows by itself: one line each. */
export const builtinTransforms: readonly TransformDefinition[] = [
  composeTransform,
  oneOfTransform,
  rotateTransform,
  shearXTransform,
  shearYTransform,
  translateXTransform,
  translateYTransform,
];
