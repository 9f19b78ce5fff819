import { TransformError } from './errors.ts';

/** Size of a picture in pixels, and its channels: 1 grey, 3 RGB. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A picture: u8 pixels [height, width, channels], rows from the top, channels interleaved. */
export interface Image extends ImageShape {
  readonly data: Uint8Array;
}

/** A picture of zeros. */
export function createImage({ height, width, channels }: ImageShape): Image {
  return { data: new Uint8Array(height * width * channels), height, width, channels };
}

/** "28×28×1": height × width × channels, for messages. */
function describeShape({ height, width, channels }: ImageShape): string {
  return `${height}×${width}×${channels}`;
}

/**
 * Checks that `output` can take what `operation` makes of `image`: as many channels, bytes that fit the shapes, and
 * memory of its own, since a pixel of the result may need pixels that would already be overwritten.
 *
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function checkImages(operation: string, image: Image, output: Image): void {
  if (image.data === output.data) {
    throw new TransformError(
      'TRANSFORM_IMAGE',
      `${operation}: expected an output image with memory of its own, got the memory of the input image`,
    );
  }
  if (image.channels === output.channels && fitsItsShape(image) && fitsItsShape(output)) return;
  throw new TransformError(
    'TRANSFORM_IMAGE',
    `${operation}: expected an image and an output of the same number of channels, with height × width × channels ` +
      `bytes each, got ${describeShape(image)} with ${image.data.length} bytes and ` +
      `${describeShape(output)} with ${output.data.length} bytes`,
  );
}

/**
 * The same for an operation that keeps the size.
 *
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function checkSameShape(operation: string, image: Image, output: Image): void {
  checkImages(operation, image, output);
  if (image.height === output.height && image.width === output.width) return;
  throw new TransformError(
    'TRANSFORM_IMAGE',
    `${operation}: expected an output of the shape of the image, ${describeShape(image)}, got ${describeShape(output)}`,
  );
}

function fitsItsShape({ data, height, width, channels }: Image): boolean {
  return data.length > 0 && data.length === height * width * channels;
}

/** Copies the pixels of `image` to `output`, which has the same shape. */
export function copyImage(image: Image, output: Image): void {
  const from = image.data;
  const to = output.data;
  for (let i = 0; i < to.length; i++) to[i] = from[i]!;
}
