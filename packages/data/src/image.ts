import { TransformError } from './errors.ts';

/** Size of a picture in pixels, and its channels: 1 grey, 3 RGB, 4 RGB and opacity. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A picture: u8 pixels [height, width, channels], rows from the top, channels interleaved. */
export interface Image extends ImageShape {
  readonly data: Uint8Array;
}

/** Bytes of a picture. */
export const bytesOf = ({ height, width, channels }: ImageShape): number => height * width * channels;

/** A picture of zeros. */
export function createImage(shape: ImageShape): Image {
  const { height, width, channels } = shape;
  return { data: new Uint8Array(bytesOf(shape)), height, width, channels };
}

/** A picture of which every byte is written next: with whatever the memory held before, since zeros take longer than many an operation. */
export function newImage(shape: ImageShape): Image {
  const { height, width, channels } = shape;
  const { buffer, byteOffset, length } = Buffer.allocUnsafeSlow(bytesOf(shape));
  return { data: new Uint8Array(buffer, byteOffset, length), height, width, channels };
}

/** "28×28×1": height × width × channels, for messages. */
function describeShape({ height, width, channels }: ImageShape): string {
  return `${height}×${width}×${channels}`;
}

/**
 * Checks that `output` can take what `operation` makes of `image`: as many channels, bytes that fit the shapes, and
 * memory of its own, since a pixel of the result may need pixels that would already be overwritten.
 *
 * @param outputChannels where they are not those of the image
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function checkImages(operation: string, image: Image, output: Image, outputChannels = image.channels): void {
  if (image.data === output.data) {
    throw new TransformError(
      'TRANSFORM_IMAGE',
      `${operation}: expected an output image with memory of its own, got the memory of the input image`,
    );
  }
  const known = image.channels === 1 || image.channels === 3 || image.channels === 4;
  if (known && output.channels === outputChannels && fitsItsShape(image) && fitsItsShape(output)) return;
  throw new TransformError(
    'TRANSFORM_IMAGE',
    `${operation}: expected an image and an output of the same number of channels, 1, 3 or 4, with height × width ` +
      `× channels bytes each, got ${describeShape(image)} with ${image.data.length} bytes and ` +
      `${describeShape(output)} with ${output.data.length} bytes`,
  );
}

/**
 * The same for an operation that keeps the size.
 *
 * @throws TransformError `TRANSFORM_IMAGE`
 */
export function checkSameShape(operation: string, image: Image, output: Image, outputChannels = image.channels): void {
  checkImages(operation, image, output, outputChannels);
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
  copyBytes(image.data, 0, output.data, 0, output.data.length);
}

const { copy } = Buffer.prototype;

/** Copies `count` bytes. */
export function copyBytes(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number, count: number): void {
  // Unlike TypedArray.set, Buffer's copy needs no view of the part, and takes memory that threads share in one piece rather
  // than word by word: less than half the time. A few bytes are not worth the call.
  if (count > 64) {
    copy.call(from, to, toAt, fromAt, fromAt + count);
    return;
  }
  for (let i = 0; i < count; i++) to[toAt + i] = from[fromAt + i]!;
}
