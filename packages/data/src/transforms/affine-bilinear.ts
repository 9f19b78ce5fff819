import type { Image } from '../image.ts';
import type { AffineMatrix } from './affine-matrix.ts';

/**
 * The bilinear filter of Pillow's `ImagingGenericTransform` (libImaging/Geometry.c), operation for operation in double
 * precision, so that the bytes are the same. Pixels whose source lies outside the picture are left as they are in
 * `output`. Any number of channels; each is resampled by itself.
 *
 * Along a row of the result both source coordinates only grow or only fall, so the pixels whose four neighbours all lie
 * in the picture are one span. It is found by testing from both ends; within it there is nothing left to test.
 */
export function affineBilinear(image: Image, matrix: AffineMatrix, output: Image): void {
  const { width, height } = image;
  const [a, b, c, d, e, f] = matrix;
  // Not beyond the first row and column where there is but one: such a picture has no pixel with four neighbours.
  const right = width - 0.5;
  const bottom = height - 0.5;
  for (let row = 0; row < output.height; row++) {
    const first = row * output.width;
    const bY = b * (row + 0.5);
    const eY = e * (row + 0.5);
    let begin = 0;
    for (; begin < output.width; begin++) {
      const x = a * (begin + 0.5) + bY + c;
      const y = d * (begin + 0.5) + eY + f;
      if (x >= 0.5 && x < right && y >= 0.5 && y < bottom) break;
      resampleEdge(image, x, y, output, first + begin);
    }
    let end = output.width;
    for (; end > begin; end--) {
      const x = a * (end - 0.5) + bY + c;
      const y = d * (end - 0.5) + eY + f;
      if (x >= 0.5 && x < right && y >= 0.5 && y < bottom) break;
      resampleEdge(image, x, y, output, first + end - 1);
    }
    if (image.channels === 1) resampleGrey(image, matrix, output, row, begin, end);
    else resampleChannels(image, matrix, output, row, begin, end);
  }
}

/** The pixel of `output` whose source is (sourceX, sourceY), which may lie on the edge of the picture or outside. */
function resampleEdge(image: Image, sourceX: number, sourceY: number, output: Image, pixel: number): void {
  const { data, width, height, channels } = image;
  // Written so that NaN, from a matrix whose products overflow, is outside.
  if (!(sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height)) return;
  const x = sourceX - 0.5;
  const y = sourceY - 0.5;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const dx = x - left;
  const dy = y - top;
  const x0 = Math.max(left, 0) * channels;
  const x1 = Math.min(left + 1, width - 1) * channels;
  const upperRow = Math.max(top, 0) * width * channels;
  // Below the last row Pillow takes that row's value again: interpolating between equal values gives the same.
  const lowerRow = Math.min(top + 1, height - 1) * width * channels;
  for (let channel = 0; channel < channels; channel++) {
    const p = data[upperRow + x0 + channel]!;
    const r = data[lowerRow + x0 + channel]!;
    const upper = p + (data[upperRow + x1 + channel]! - p) * dx;
    const lower = r + (data[lowerRow + x1 + channel]! - r) * dx;
    output.data[pixel * channels + channel] = upper + (lower - upper) * dy;
  }
}

function resampleGrey(
  { data, width }: Image,
  [a, b, c, d, e, f]: AffineMatrix,
  output: Image,
  row: number,
  begin: number,
  end: number,
): void {
  const result = output.data;
  const first = row * output.width;
  const bY = b * (row + 0.5);
  const eY = e * (row + 0.5);
  for (let column = begin; column < end; column++) {
    const x = a * (column + 0.5) + bY + c - 0.5;
    const y = d * (column + 0.5) + eY + f - 0.5;
    const left = x | 0;
    const top = y | 0;
    const i = top * width + left;
    const dx = x - left;
    const p = data[i]!;
    const r = data[i + width]!;
    const upper = p + (data[i + 1]! - p) * dx;
    const lower = r + (data[i + width + 1]! - r) * dx;
    result[first + column] = upper + (lower - upper) * (y - top);
  }
}

function resampleChannels(
  { data, width, channels }: Image,
  [a, b, c, d, e, f]: AffineMatrix,
  output: Image,
  row: number,
  begin: number,
  end: number,
): void {
  const result = output.data;
  const stride = width * channels;
  const bY = b * (row + 0.5);
  const eY = e * (row + 0.5);
  let at = (row * output.width + begin) * channels;
  for (let column = begin; column < end; column++) {
    const x = a * (column + 0.5) + bY + c - 0.5;
    const y = d * (column + 0.5) + eY + f - 0.5;
    const left = x | 0;
    const top = y | 0;
    const dx = x - left;
    const dy = y - top;
    let i = top * stride + left * channels;
    for (let channel = 0; channel < channels; channel++, i++, at++) {
      const p = data[i]!;
      const r = data[i + stride]!;
      const upper = p + (data[i + channels]! - p) * dx;
      const lower = r + (data[i + stride + channels]! - r) * dx;
      result[at] = upper + (lower - upper) * dy;
    }
  }
}
