import {
  type PerspectiveCoefficients,
  perspectiveBilinear,
  perspectiveNearest,
  resampleScratchBytes,
} from '@lockstep/kernels';
import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { checkImages, type Image, type ImageShape, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { checkFinite, type ResamplingOptions, resamplingParameters } from './affine.ts';
import { defineTransform } from './define.ts';
import { paint } from './fill.ts';
import { premultiplied, unmultiply } from './opacity.ts';
import { probability } from './range.ts';

/**
 * Resamples a picture along a perspective map, with the bytes of Pillow 9.4's `Image.transform(size, PERSPECTIVE,
 * coefficients, resample, fillcolor=fill)` on x86-64.
 *
 * @param coefficients the output point (x, y) shows the input point (a·x + b·y + c, d·x + e·y + f) / (g·x + h·y + 1)
 * @param output takes the result; its height and width are the size of the result, its memory must be its own
 * @returns `output`, by default a new picture of the shape of `image`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function perspective(
  image: Image,
  coefficients: PerspectiveCoefficients,
  { resample = 'bilinear', fill = 0 }: ResamplingOptions = {},
  output: Image = newImage(image),
): Image {
  checkImages('perspective', image, output);
  checkFinite('perspective', coefficients);
  const bilinear = resample === 'bilinear';
  const input = bilinear ? premultiplied(image) : image;
  const kernel = bilinear ? perspectiveBilinear : perspectiveNearest;
  runKernel(input, output, resampleScratchBytes, (k, x, y, scratch) => {
    paint({ ...output, data: k.u8.subarray(y, y + output.data.length) }, fill);
    kernel(k, { x, y, scratch }, input, output, coefficients);
  });
  if (bilinear) unmultiply(output);
  return output;
}

/** A point in pixels. */
type Point = [x: number, y: number];

/** The corners of a picture: top left, top right, bottom right, bottom left. */
type Corners = [Point, Point, Point, Point];

/**
 * The coefficients of the map that shows the corners of a picture at other places, as torchvision's
 * `_get_perspective_coeffs`.
 *
 * @throws TransformError `TRANSFORM_IMAGE` where three of the places are on a line
 */
export function perspectiveCoefficients({ height, width }: ImageShape, to: Corners): PerspectiveCoefficients {
  const from: Corners = [
    [0, 0],
    [width - 1, 0],
    [width - 1, height - 1],
    [0, height - 1],
  ];
  const rows = to.flatMap(([x, y], i) => {
    const [u, v] = from[i]!;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  return solved(rows) as unknown as PerspectiveCoefficients;
}

/** Gaussian elimination with the largest pivot of each column. */
function solved(rows: number[][]): number[] {
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let best = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[best]![column]!)) best = row;
    }
    [rows[column], rows[best]] = [rows[best]!, rows[column]!];
    const pivot = rows[column]!;
    if (Math.abs(pivot[column]!) < 1e-9) {
      throw new TransformError(
        'TRANSFORM_IMAGE',
        'perspective: expected four corners of which no three are on a line; the picture may be too small',
      );
    }
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let i = column; i <= size; i++) row[i] = row[i]! - factor * pivot[i]!;
    }
  }
  return rows.map((row, i) => row[size]! / row[i]!);
}

const point = z.tuple([z.number(), z.number()]);

/**
 * `{ op: 'perspective', distortion: 0.5 }`: each corner drawn inwards by up to half of half the size, as torchvision's
 * `RandomPerspective`.
 */
export const perspectiveTransform = defineTransform({
  name: 'perspective',
  parameters: z.strictObject({ distortion: probability().default(0.5), ...resamplingParameters }),
  sampled: z.strictObject({ corners: z.tuple([point, point, point, point]) }),
  sample({ distortion }, generator, { height, width }): { corners: Corners } {
    const across = Math.trunc(distortion * Math.floor(width / 2));
    const down = Math.trunc(distortion * Math.floor(height / 2));
    const near = (size: number): number => generator.integer(size + 1);
    const far = (end: number, size: number): number => end - 1 - generator.integer(size + 1);
    return {
      corners: [
        [near(across), near(down)],
        [far(width, across), near(down)],
        [far(width, across), far(height, down)],
        [near(across), far(height, down)],
      ],
    };
  },
  apply: (image, { corners }, output, parameters) => {
    perspective(image, perspectiveCoefficients(image, corners), parameters, output);
  },
  geometry: (shape, { corners }) => perspectiveCoefficients(shape, corners),
});
