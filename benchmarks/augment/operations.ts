import { Generator } from '@lockstep/core';
import {
  affine,
  autocontrast,
  brightness,
  color,
  contrast,
  createImage,
  crop,
  equalize,
  flipHorizontal,
  flipVertical,
  grayscale,
  hue,
  type Image,
  invert,
  perspective,
  posterize,
  resize,
  rotate,
  sharpness,
  shearX,
  solarize,
} from '@lockstep/data';

/** Our operations on a picture, with the same numbers as in peers/pillow_augment.py. */
export function operations(image: Image): Readonly<Record<string, () => Image>> {
  const { height: size, channels } = image;
  const output = createImage(image);
  const side = Math.floor((size * 3) / 4);
  const smaller = createImage({ height: side, width: side, channels });
  const grey = createImage({ ...image, channels: 1 });
  const corner = Math.floor(size / 8);
  const turned = [1, 0.1, 0, 0.1, 1, 0, 0.1 / size, 0.1 / size] as const;
  return {
    autocontrast: () => autocontrast(image, 0, output),
    equalize: () => equalize(image, output),
    posterize: () => posterize(image, 4, output),
    solarize: () => solarize(image, 128, output),
    invert: () => invert(image, output),
    color: () => color(image, 1.4, output),
    contrast: () => contrast(image, 1.4, output),
    brightness: () => brightness(image, 1.4, output),
    sharpness: () => sharpness(image, 1.4, output),
    rotate: () => rotate(image, 13, {}, output),
    rotate_nearest: () => rotate(image, 13, { resample: 'nearest' }, output),
    shear_x: () => shearX(image, 0.2, {}, output),
    translate_x: () => affine(image, [1, 0, corner, 0, 1, 0], {}, output),
    perspective: () => perspective(image, turned, {}, output),
    horizontal_flip: () => flipHorizontal(image, output),
    vertical_flip: () => flipVertical(image, output),
    crop: () => crop(image, corner, corner, smaller),
    resize: () => resize(image, smaller),
    grayscale: () => grayscale(image, grey),
    hue: () => hue(image, 0.1, output),
  };
}

/** Noise, smoothed as in peers/pillow_augment.py. */
export function picture(size: number): Image {
  const generator = new Generator({ seed: 1, purpose: 'mixing' });
  const noise = createImage({ height: size / 4, width: size / 4, channels: 3 });
  for (let i = 0; i < noise.data.length; i++) noise.data[i] = generator.uint32() & 255;
  return resize(noise, createImage({ height: size, width: size, channels: 3 }));
}
