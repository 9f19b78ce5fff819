import type { Image } from '../image.ts';
import type { AffineMatrix } from './affine-matrix.ts';

/**
 * Pillow's nearest neighbour (libImaging/Geometry.c), which has three ways, each with roundings of its own: without
 * rotation or shear it adds up coordinates in double precision along each axis; else in 16.16 fixed point where the
 * corners of the output fit, and in double precision where not. Pixels whose source lies outside the picture are left
 * as they are in `output`.
 */
export function affineNearest(image: Image, matrix: AffineMatrix, output: Image): void {
  const [a, b, c, d, e, f] = matrix;
  if (b === 0 && d === 0) {
    addedUp(image, [a, 0, 0, e], c + a * 0.5, f + e * 0.5, output);
  } else if (fitsFixedPoint(matrix, output.width, output.height)) {
    fixedPoint(image, matrix, output);
  } else {
    addedUp(image, [a, b, d, e], c + b * 0.5 + a * 0.5, f + e * 0.5 + d * 0.5, output);
  }
}

function addedUp(
  { data, width, height, channels }: Image,
  [a, b, d, e]: readonly [number, number, number, number],
  startX: number,
  startY: number,
  output: Image,
): void {
  const result = output.data;
  const outputWidth = output.width;
  let at = 0;
  for (let row = 0; row < output.height; row++) {
    let x = startX;
    let y = startY;
    for (let column = 0; column < outputWidth; column++, at += channels) {
      if (x >= 0 && x < width && y >= 0 && y < height) {
        const from = ((y | 0) * width + (x | 0)) * channels;
        result[at] = data[from]!;
        for (let channel = 1; channel < channels; channel++) result[at + channel] = data[from + channel]!;
      }
      x += a;
      y += d;
    }
    startX += b;
    startY += e;
  }
}

function fixedPoint({ data, width, height, channels }: Image, [a, b, c, d, e, f]: AffineMatrix, output: Image): void {
  const result = output.data;
  const outputWidth = output.width;
  const stepXColumn = toFixedPoint(a);
  const stepXRow = toFixedPoint(b);
  const stepYColumn = toFixedPoint(d);
  const stepYRow = toFixedPoint(e);
  let startX = toFixedPoint(c + a * 0.5 + b * 0.5);
  let startY = toFixedPoint(f + d * 0.5 + e * 0.5);
  let at = 0;
  for (let row = 0; row < output.height; row++) {
    let x = startX;
    let y = startY;
    for (let column = 0; column < outputWidth; column++, at += channels) {
      const sourceX = x >> 16;
      const sourceY = y >> 16;
      if (sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height) {
        const from = (sourceY * width + sourceX) * channels;
        result[at] = data[from]!;
        for (let channel = 1; channel < channels; channel++) result[at + channel] = data[from + channel]!;
      }
      // Wraps around as a C int does on x86.
      x = (x + stepXColumn) | 0;
      y = (y + stepYColumn) | 0;
    }
    startX = (startX + stepXRow) | 0;
    startY = (startY + stepYRow) | 0;
  }
}

/** 16.16 fixed point, rounded; what does not fit becomes the smallest integer, as the cast from double does on x86. */
function toFixedPoint(value: number): number {
  const scaled = Math.floor(value * 65536 + 0.5);
  return scaled >= -0x80000000 && scaled <= 0x7fffffff ? scaled : -0x80000000;
}

/** Whether all corners of an output of this size map to where 16.16 fixed point reaches. */
function fitsFixedPoint([a, b, c, d, e, f]: AffineMatrix, width: number, height: number): boolean {
  for (const x of [0, width]) {
    for (const y of [0, height]) {
      const fits = Math.abs(x * a + y * b + c) < 32768 && Math.abs(x * d + y * e + f) < 32768;
      if (!fits) return false;
    }
  }
  return true;
}
