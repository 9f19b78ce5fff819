import { z } from 'zod';
import { checkSameShape, copyImage, type Image, type ImageShape, newImage } from '../image.ts';
import { affine, type ResamplingOptions, resamplingParameters } from './affine.ts';
import type { AffineMatrix } from './affine-matrix.ts';
import { defineTransform } from './define.ts';
import { drawFrom, symmetricRange } from './range.ts';
import { roundTo15Decimals, sineCosine } from './trigonometry.ts';

/**
 * Turns a picture counter-clockwise about its centre, with the bytes of Pillow 9.4's `Image.rotate(degrees, resample,
 * fillcolor=fill)`: the size stays, what leaves the frame is lost. Multiples of 90° are exact copies where the frame
 * allows it.
 *
 * @param degrees any finite number
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function rotate(
  image: Image,
  degrees: number,
  options: ResamplingOptions = {},
  output: Image = newImage(image),
): Image {
  checkSameShape('rotate', image, output);
  const { width, height } = image;
  const angle = modulo360(degrees);
  if (angle === 0 || angle === 180 || ((angle === 90 || angle === 270) && width === height)) {
    turn(image, angle, output);
    return output;
  }
  return affine(image, rotation(image, degrees), options, output);
}

/** Python's modulo, which takes the sign of the divisor. */
function modulo360(degrees: number): number {
  const remainder = degrees % 360;
  return remainder < 0 ? remainder + 360 : remainder;
}

/** The matrix that Pillow rotates with. */
function rotation({ width, height }: ImageShape, degrees: number): AffineMatrix {
  const [sine, cosine] = sineCosine(-(modulo360(degrees) * (Math.PI / 180)));
  const a = roundTo15Decimals(cosine);
  const b = roundTo15Decimals(sine);
  const d = roundTo15Decimals(-sine);
  const centerX = width / 2;
  const centerY = height / 2;
  const c = a * -centerX + b * -centerY + 0 + centerX;
  const f = d * -centerX + a * -centerY + 0 + centerY;
  return [a, b, c, d, a, f];
}

/** Turns by 0, 90, 180 or 270 degrees counter-clockwise; 90 and 270 of a square. */
function turn(image: Image, angle: number, output: Image): void {
  const { width, height, channels } = image;
  if (angle === 0) {
    copyImage(image, output);
    return;
  }
  let to = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let pixel: number;
      if (angle === 180) pixel = (height - 1 - row) * width + width - 1 - column;
      else if (angle === 90) pixel = column * width + width - 1 - row;
      else pixel = (height - 1 - column) * width + row;
      for (let channel = 0; channel < channels; channel++) output.data[to++] = image.data[pixel * channels + channel]!;
    }
  }
}

/** `{ op: 'rotate', degrees: 15 }`: turns by an angle uniform in [−15°, 15°); `degrees: [min, max]` likewise. */
export const rotateTransform = defineTransform({
  name: 'rotate',
  parameters: z.strictObject({ degrees: symmetricRange(), ...resamplingParameters }),
  sampled: z.strictObject({ degrees: z.number() }),
  sample: ({ degrees }, generator) => ({ degrees: drawFrom(degrees, generator) }),
  apply: (image, { degrees }, output, parameters) => {
    rotate(image, degrees, parameters, output);
  },
  geometry: (shape, { degrees }) => [...rotation(shape, degrees), 0, 0],
});
