import type { Image } from '../image.ts';
import { augMixTransform } from './aug-mix.ts';
import { autoAugmentTransform } from './auto-augment.ts';
import { autocontrastTransform } from './autocontrast.ts';
import { brightnessTransform } from './brightness.ts';
import { centerCropTransform } from './center-crop.ts';
import { colorTransform } from './color.ts';
import { colorJitterTransform } from './color-jitter.ts';
import { composeTransform } from './compose.ts';
import { contrastTransform } from './contrast.ts';
import { cutoutTransform } from './cutout.ts';
import type { TransformDefinition } from './define.ts';
import { equalizeTransform } from './equalize.ts';
import { horizontalFlipTransform, verticalFlipTransform } from './flip.ts';
import { grayscaleTransform } from './grayscale.ts';
import { hueTransform } from './hue.ts';
import { invertTransform } from './invert.ts';
import { oneOfTransform } from './one-of.ts';
import { pcaLightingTransform } from './pca-lighting.ts';
import { perspectiveTransform } from './perspective.ts';
import { definePixmix } from './pixmix.ts';
import { posterizeTransform } from './posterize.ts';
import { randAugmentTransform } from './rand-augment.ts';
import { randomCropTransform } from './random-crop.ts';
import { randomErasingTransform } from './random-erasing.ts';
import { randomResizedCropTransform } from './random-resized-crop.ts';
import { resizeTransform } from './resize.ts';
import { rotateTransform } from './rotate.ts';
import { sharpnessTransform } from './sharpness.ts';
import { shearXTransform, shearYTransform } from './shear.ts';
import { solarizeTransform } from './solarize.ts';
import { solarizeAddTransform } from './solarize-add.ts';
import { someOfTransform } from './some-of.ts';
import { sometimesTransform } from './sometimes.ts';
import { translateXTransform, translateYTransform } from './translate.ts';
import { trivialAugmentWideTransform } from './trivial-augment-wide.ts';

/** The transforms that `createTransform` knows by itself: one line each. */
export const builtinTransforms: readonly TransformDefinition[] = [
  composeTransform,
  oneOfTransform,
  someOfTransform,
  sometimesTransform,
  augMixTransform,
  autoAugmentTransform,
  autocontrastTransform,
  brightnessTransform,
  centerCropTransform,
  colorJitterTransform,
  colorTransform,
  contrastTransform,
  cutoutTransform,
  equalizeTransform,
  grayscaleTransform,
  horizontalFlipTransform,
  hueTransform,
  invertTransform,
  pcaLightingTransform,
  perspectiveTransform,
  definePixmix(),
  posterizeTransform,
  randAugmentTransform,
  randomCropTransform,
  randomErasingTransform,
  randomResizedCropTransform,
  resizeTransform,
  rotateTransform,
  sharpnessTransform,
  shearXTransform,
  shearYTransform,
  solarizeAddTransform,
  solarizeTransform,
  translateXTransform,
  translateYTransform,
  trivialAugmentWideTransform,
  verticalFlipTransform,
];

/** The same with other pictures, RGB, for `pixmix` to mix in, in the place of fractals. */
export function transformsWithMixingSet(pictures: readonly Image[]): readonly TransformDefinition[] {
  return builtinTransforms.map((definition) => (definition.name === 'pixmix' ? definePixmix(pictures) : definition));
}
