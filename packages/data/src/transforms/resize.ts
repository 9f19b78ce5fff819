import { resizeColumns, resizeRows } from '@lockstep/kernels';
import { z } from 'zod';
import { checkImages, copyImage, type Image, type ImageShape } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { affine, type Resample } from './affine.ts';
import { defineTransform } from './define.ts';
import { premultiplied, unmultiply } from './opacity.ts';
import { placeTable, resizeTable } from './resize-table.ts';

/**
 * Resizes a picture, with the bytes of Pillow 9.4's `Image.resize(size, resample)`: bilinear takes the mean over all the
 * pixels that an output pixel covers (what is elsewhere called antialiasing), first along the rows, then down the columns,
 * rounding after each.
 *
 * @param output takes the result; its height and width are the size of the result, its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function resize(image: Image, output: Image, resample: Resample = 'bilinear'): Image {
  checkImages('resize', image, output);
  if (image.height === output.height && image.width === output.width) {
    copyImage(image, output);
    return output;
  }
  if (resample === 'nearest') {
    return affine(image, [image.width / output.width, 0, 0, 0, image.height / output.height, 0], { resample }, output);
  }
  const input = premultiplied(image);
  const across = image.width === output.width ? undefined : resizeTable(image.width, output.width);
  const down = image.height === output.height ? undefined : resizeTable(image.height, output.height);
  const between = { height: image.height, width: output.width, channels: image.channels };
  const betweenBytes = across && down ? (between.height * between.width * between.channels + 63) & ~63 : 0;
  const tableBytes = across?.bytes ?? 0;
  runKernel(input, output, betweenBytes + tableBytes + (down?.bytes ?? 0), (k, x, y, scratch) => {
    const rows = down ? scratch : y;
    const tables = scratch + betweenBytes;
    if (across) resizeRows(k, x, rows, input, output.width, placeTable(k, across, tables));
    if (down) resizeColumns(k, across ? rows : x, y, between, output.height, placeTable(k, down, tables + tableBytes));
  });
  unmultiply(output);
  return output;
}

/** torchvision's size: the shorter side becomes `size`, the longer one keeps the proportion; or [height, width]. */
function sizeOf({ height, width }: ImageShape, size: number | readonly [number, number]): readonly [number, number] {
  if (typeof size !== 'number') return size;
  const longer = Math.trunc((size * Math.max(height, width)) / Math.min(height, width));
  return width <= height ? [longer, size] : [size, longer];
}

/** `{ op: 'resize', size: 256 }`: the shorter side 256 pixels; `size: [height, width]` may distort. As torchvision's `Resize`. */
export const resizeTransform = defineTransform({
  name: 'resize',
  parameters: z.strictObject({
    size: z.union([z.int().min(1), z.tuple([z.int().min(1), z.int().min(1)])]),
    resample: z.enum(['bilinear', 'nearest']).default('bilinear'),
  }),
  sampled: z.null(),
  sample: () => null,
  outputShape(shape, { size }) {
    const [height, width] = sizeOf(shape, size);
    return { height, width, channels: shape.channels };
  },
  apply: (image, _sampled, output, { resample }) => {
    resize(image, output, resample);
  },
  geometry(shape, _sampled, { size }) {
    const [height, width] = sizeOf(shape, size);
    return [shape.width / width, 0, 0, 0, shape.height / height, 0, 0, 0];
  },
});
