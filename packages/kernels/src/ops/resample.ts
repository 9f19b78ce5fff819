import { KernelError } from '../errors.ts';
import { checkInteger, type Kernels } from '../kernels.ts';
import { checkPicture, type PictureSize } from './picture-checks.ts';

/**
 * Where each pixel of a result comes from: the centre (X, Y) of an output pixel shows the input at
 * (a·X + b·Y + c, d·X + e·Y + f), in pixels from the top left corner.
 */
export type AffineCoefficients = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** The same, both divided by g·X + h·Y + 1. */
export type PerspectiveCoefficients = readonly [...AffineCoefficients, g: number, h: number];

/** Where a resampling reads and writes. */
export interface ResamplePlaces {
  /** Bytes of the input picture. */
  readonly x: number;
  /** Bytes of the output picture, not overlapping `x`; what lies outside the input is left as it is. */
  readonly y: number;
  /** {@link resampleScratchBytes}, a multiple of 8. */
  readonly scratch: number;
}

export const resampleScratchBytes = 64;

/**
 * Resamples a picture along an affine map with the bytes of Pillow's bilinear filter (libImaging/Geometry.c), in double
 * precision.
 *
 * @param size of the input
 * @param outputSize of the output, with as many channels
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function affineBilinear(
  k: Kernels,
  places: ResamplePlaces,
  size: PictureSize,
  outputSize: PictureSize,
  matrix: AffineCoefficients,
): void {
  call(k, 'affineBilinear', places, size, outputSize, matrix);
}

/**
 * The same along a perspective map.
 *
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function perspectiveBilinear(
  k: Kernels,
  places: ResamplePlaces,
  size: PictureSize,
  outputSize: PictureSize,
  matrix: PerspectiveCoefficients,
): void {
  call(k, 'perspectiveBilinear', places, size, outputSize, matrix);
}

/**
 * The nearest pixel along a perspective map, with Pillow's bytes.
 *
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function perspectiveNearest(
  k: Kernels,
  places: ResamplePlaces,
  size: PictureSize,
  outputSize: PictureSize,
  matrix: PerspectiveCoefficients,
): void {
  call(k, 'perspectiveNearest', places, size, outputSize, matrix);
}

/**
 * The nearest pixel along an affine map, with Pillow's bytes. Pillow has three ways, each with roundings of its own: without
 * rotation or shear it adds up coordinates in double precision along each axis; else in 16.16 fixed point where the corners
 * of the output fit, and in double precision where not.
 *
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function affineNearest(
  k: Kernels,
  places: ResamplePlaces,
  size: PictureSize,
  outputSize: PictureSize,
  matrix: AffineCoefficients,
): void {
  const { fixed, steps } = affineSteps(matrix, outputSize);
  call(k, fixed ? 'affineNearestFixed' : 'affineNearestAdded', places, size, outputSize, steps, fixed ? k.i32 : k.f64);
}

/**
 * How Pillow goes through the input for the nearest pixels of an output: the source (x, y) of the first pixel, the steps
 * (x, y) from column to column, those from row to row; in 16.16 fixed point or not.
 */
export function affineSteps(
  [a, b, c, d, e, f]: AffineCoefficients,
  { width, height }: PictureSize,
): { readonly fixed: boolean; readonly steps: readonly number[] } {
  if (b === 0 && d === 0) return { fixed: false, steps: [c + a * 0.5, f + e * 0.5, a, 0, 0, e] };
  const fits = [0, width].every((x) =>
    [0, height].every((y) => Math.abs(x * a + y * b + c) < 32768 && Math.abs(x * d + y * e + f) < 32768),
  );
  if (!fits) return { fixed: false, steps: [c + b * 0.5 + a * 0.5, f + e * 0.5 + d * 0.5, a, d, b, e] };
  const start = [c + a * 0.5 + b * 0.5, f + d * 0.5 + e * 0.5];
  return { fixed: true, steps: [...start, a, d, b, e].map(toFixedPoint) };
}

/** 16.16 fixed point, rounded; what does not fit becomes the smallest integer, as the cast from double does on x86. */
function toFixedPoint(value: number): number {
  const scaled = Math.floor(value * 65536 + 0.5);
  return scaled >= -0x80000000 && scaled <= 0x7fffffff ? scaled : -0x80000000;
}

function call(
  k: Kernels,
  op: 'affineBilinear' | 'perspectiveBilinear' | 'affineNearestFixed' | 'affineNearestAdded' | 'perspectiveNearest',
  { x, y, scratch }: ResamplePlaces,
  { height, width, channels }: PictureSize,
  outputSize: PictureSize,
  numbers: readonly number[],
  view: Int32Array | Float64Array = k.f64,
): void {
  checkPicture(k, op, 'x', x, { height, width, channels });
  checkPicture(k, op, 'y', y, outputSize);
  checkInteger(`${op}: channels of y`, outputSize.channels, channels, channels);
  k.check(`${op}: scratch`, scratch, resampleScratchBytes / 8, 8);
  if (!numbers.every(Number.isFinite)) {
    throw new KernelError('KERNEL_ARGUMENT', `${op}: expected finite coefficients, got [${numbers}]`);
  }
  view.set(numbers, scratch / view.BYTES_PER_ELEMENT);
  k.wasm[op](x, height, width, channels, scratch, y, outputSize.height, outputSize.width);
}
