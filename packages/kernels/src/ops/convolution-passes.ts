import type { Kernels } from '../kernels.ts';
import { type Border, type ConvolutionGeometry, type ConvolutionShape, paddedFloats } from './convolution-geometry.ts';
import type { Walk, WeightGradientWalk } from './convolution-walks.ts';

/** One shard of a weight gradient: its input, its output gradient, and how many images it has. */
export interface WeightGradientShard {
  /** float32 [images][height][width][inChannels] */
  readonly x: number;
  /** float32 [images][outputHeight][outputWidth][outChannels] */
  readonly dy: number;
  /** 0 for an empty shard, whose sum is zeros. */
  readonly images: number;
  /**
   * How often the two topmost sums of the stack are added after this shard's is pushed: the order of the tree. One shard: 0.
   * Two: 0, 1. Four: 0, 1, 0, 2.
   */
  readonly merges: number;
}

/**
 * The passes of a convolution by one algorithm, without checks; `Convolution` has them, and says what each pass does. A
 * bias of 0 is none; no output is less than `least`; an algorithm that `addsInputGradient` may be told to.
 */
export interface ConvolutionPasses {
  packForward(weight: number): void;
  forward(x: number, bias: number, y: number, images: number, least?: number): void;
  packInputGradient(weight: number): void;
  inputGradient(dy: number, dx: number, images: number, adds?: boolean): void;
  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void;
}

/** Int32 fields of a walk in memory, in the order of assembly/geometry.ts. */
const walkFields = [
  'outputWidth',
  'outputHeight',
  'xPixel',
  'xRowJump',
  'xImageJump',
  'yPixel',
  'yRowJump',
  'yImageJump',
  'tapRows',
  'tapRowStep',
  'tapColumns',
  'tapColumnStep',
  'run',
  'scratch',
  'weightStart',
  'weightRowJump',
] as const satisfies readonly (keyof Walk | 'scratch')[];
export const walkInts = walkFields.length;

/** Writes the records of walks, one behind the other. */
export function writeWalks(k: Kernels, walks: readonly Walk[], records: number, scratch: number): void {
  walks.forEach((walk, index) => {
    const record = { ...walk, scratch };
    k.i32.set(
      walkFields.map((field) => record[field]),
      records / 4 + index * walkInts,
    );
  });
}

/** Int32 of a tap of a weight gradient, in the order of assembly/geometry.ts. */
export const tapInts = 5;

export function writeTaps(k: Kernels, taps: WeightGradientWalk['taps'], records: number): void {
  k.i32.set(
    taps.flatMap(({ offset, rows, columns }) => [offset, rows.begin, rows.end, columns.begin, columns.end]),
    records / 4,
  );
}

/** Images with a border of zeros at `to`; the images themselves where there is none. @returns where they are. */
export function padImages(
  k: Kernels,
  x: number,
  to: number,
  images: number,
  [height, width, channels]: readonly [number, number, number],
  border: Border,
): number {
  if (!hasBorder(border)) return x;
  k.wasm.pad(x, to, images, height, width, channels, border.top, border.bottom, border.left, border.right);
  return to;
}

/** Floats of scratch that {@link padImages} needs for an image. */
export function borderFloats(height: number, width: number, channels: number, border: Border): number {
  return hasBorder(border) ? paddedFloats(height, width, channels, border) : 0;
}

const hasBorder = ({ top, bottom, left, right }: Border): boolean => top + bottom + left + right > 0;

/** The records of a weight gradient's shards; if `padded` is given, x of shard after shard with its border there. */
export function writeShards(
  k: Kernels,
  { shape, border }: ConvolutionGeometry,
  shards: readonly WeightGradientShard[],
  records: number,
  padded: number | undefined,
): void {
  const { height, width, inChannels } = shape;
  let to = padded ?? 0;
  shards.forEach(({ x, dy, images, merges }, index) => {
    const source = padded === undefined ? x : padImages(k, x, to, images, [height, width, inChannels], border);
    to += images * borderFloats(height, width, inChannels, border) * 4;
    k.i32.set([source, dy, images, merges], records / 4 + index * 4);
  });
}

/** Sums that a tree over so many shards has on the stack at most. */
export const stackEntries = (shards: number): number => Math.ceil(Math.log2(Math.max(1, shards))) + 1;

/** Floats of packed weights: whole panels, of which the last may be 4 or 8 lanes. */
export function packedFloats(depth: number, channels: number): number {
  return depth * Math.ceil(channels / 4) * 4 + depth * 4;
}

/** A bias of zeros is read for every panel, whole. */
export const zeroFloats = ({ inChannels, outChannels }: ConvolutionShape): number =>
  Math.max(inChannels, outChannels) + 16;
