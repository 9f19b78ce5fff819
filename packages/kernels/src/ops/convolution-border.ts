import type { Kernels } from '../kernels.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';

/** What a weight gradient takes at a time: some output rows of one image, or all rows of some small images. It changes no bits. */
export interface PixelBlock {
  readonly rows: number;
  readonly images: number;
}

/** Bytes of input and output gradient of a block, if that is pixels enough: what all tiles read stays in the second cache. */
const blockBytes = 65_536;
const leastPixels = 64;

export function pixelBlock({ weightGradient: { walk }, outputHeight, outputWidth }: ConvolutionGeometry): PixelBlock {
  const xRow = walk.xPixel * outputWidth + walk.xRowJump;
  const rowBytes = xRow + outputWidth * walk.yPixel;
  const imageBytes = rowBytes * outputHeight + walk.xImageJump;
  const most = Math.max(Math.floor(leastPixels / outputWidth), Math.floor(blockBytes / rowBytes), 1);
  // As many rows in each block.
  if (most < outputHeight) return { rows: Math.ceil(outputHeight / Math.ceil(outputHeight / most)), images: 1 };
  const pixels = outputHeight * outputWidth;
  const images = Math.max(Math.floor(leastPixels / pixels), Math.floor(blockBytes / imageBytes), 1);
  return { rows: outputHeight, images };
}

/** Int32 of {@link writeBorder}. */
export const borderInts = 9;

/** Rows that the taps of an output row reach over. */
const reachOf = ({ kernelSize, dilation }: ConvolutionGeometry['shape']): number =>
  (kernelSize[0] - 1) * dilation[0] + 1;

const borderedRowFloats = ({ shape, border }: ConvolutionGeometry): number =>
  (border.left + shape.width + border.right) * shape.inChannels;

const borderedRows = ({ shape, border }: ConvolutionGeometry): number => border.top + shape.height + border.bottom;

/** Floats of scratch for a block with its border. */
export function borderedBlockFloats(geometry: ConvolutionGeometry, maxImages: number): number {
  const { rows, images } = pixelBlock(geometry);
  const read =
    rows < geometry.outputHeight
      ? (rows - 1) * geometry.shape.stride[0] + reachOf(geometry.shape)
      : borderedRows(geometry) * Math.min(images, maxImages);
  return read * borderedRowFloats(geometry);
}

/** The record of assembly/border.ts. @param scratch for {@link borderedBlockFloats} */
export function writeBorder(k: Kernels, geometry: ConvolutionGeometry, record: number, scratch: number): void {
  const { shape, border } = geometry;
  const pixel = shape.inChannels * 4;
  k.i32.set(
    [
      shape.height,
      shape.width * pixel,
      border.top,
      border.left * pixel,
      border.right * pixel,
      borderedRows(geometry),
      shape.stride[0],
      reachOf(shape),
      scratch,
    ],
    record / 4,
  );
}
