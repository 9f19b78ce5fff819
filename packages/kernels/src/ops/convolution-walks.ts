import type { ConvolutionShape } from './convolution-geometry.ts';
import { outputsInside, type Span, type Steps, type ZoneAxis } from './convolution-zones.ts';

/**
 * How a kernel walks a convolution; the fields and their order are those of assembly/geometry.ts, all but the counts in
 * bytes. A jump is what is added at the end of a row or image, after the last pixel's step.
 */
export interface Walk {
  readonly outputWidth: number;
  readonly outputHeight: number;
  readonly xPixel: number;
  readonly xRowJump: number;
  readonly xImageJump: number;
  readonly yPixel: number;
  readonly yRowJump: number;
  readonly yImageJump: number;
  readonly tapRows: number;
  readonly tapRowStep: number;
  readonly tapColumns: number;
  readonly tapColumnStep: number;
  readonly run: number;
  /** Values of the packed taps before the first that is used, and between a row of those used and the next. */
  readonly weightStart: number;
  readonly weightRowJump: number;
}

/** How the weight gradient goes over the input. */
export interface WeightGradientWalk {
  readonly walk: Walk;
  /** Whether over the input with the border; else each tap goes over the pixels for which it is inside the input. */
  readonly bordered: boolean;
  readonly taps: readonly {
    /** Bytes from the input of the first output pixel, tap 0, to that of this tap. */
    readonly offset: number;
    /** Output rows and columns, [begin, end). */
    readonly rows: Span;
    readonly columns: Span;
  }[];
}

export const stepsOf = (height: number, width: number, channels: number): Steps => {
  const pixel = channels * 4;
  return { pixel, row: width * pixel, image: height * width * pixel };
};

export const forwardAxis = (s: ConvolutionShape, axis: 0 | 1, outputs: readonly [number, number]): ZoneAxis => ({
  outputs: outputs[axis],
  taps: s.kernelSize[axis],
  start: -s.padding[axis],
  stride: s.stride[axis],
  step: s.dilation[axis],
  size: axis === 0 ? s.height : s.width,
});

/** Over the input with a border of `padding`. */
export function forwardWalk(
  s: ConvolutionShape,
  padding: readonly [number, number],
  outputHeight: number,
  outputWidth: number,
): Walk {
  const { pixel, row, image } = stepsOf(s.height + 2 * padding[0], s.width + 2 * padding[1], s.inChannels);
  return {
    outputWidth,
    outputHeight,
    xPixel: s.stride[1] * pixel,
    xRowJump: s.stride[0] * row - outputWidth * s.stride[1] * pixel,
    xImageJump: image - outputHeight * s.stride[0] * row,
    yPixel: s.outChannels * 4,
    yRowJump: 0,
    yImageJump: 0,
    ...taps(s.kernelSize[0], s.dilation[0] * row, s.kernelSize[1], s.dilation[1] * pixel, pixel / (s.groups ?? 1)),
  };
}

/** Rows of the register tile that a weight gradient fills with input values, lanes of the widest, and tiles that go over a block of pixels together. */
const tileRows = 6;
const tileLanes = 16;
const tileGroup = 64;
/** Values that are copied into a border in the time that a tile takes for a pixel. */
const copiedValues = 24;

/**
 * Over the input as it is, each tap over its own pixels; or with a border, if that is less work: then taps that are
 * neighbours in memory fill the register tiles together, as they must where channels are few. It changes no bits.
 */
export function weightGradientWalk(
  s: ConvolutionShape,
  rowAxis: ZoneAxis,
  columnAxis: ZoneAxis,
  depthwise: boolean,
): WeightGradientWalk {
  const [outputHeight, outputWidth] = [rowAxis.outputs, columnAxis.outputs];
  const bordered = forwardWalk(s, s.padding, outputHeight, outputWidth);
  const plain = forwardWalk(s, [0, 0], outputHeight, outputWidth);
  const run = (s.inChannels / (s.groups ?? 1)) * 4;
  const tiles = (bytes: number): number => Math.ceil(bytes / 4 / tileRows);
  const [rowTaps, columnTaps] = [rowAxis, columnAxis].map((axis) =>
    Array.from({ length: axis.taps }, (_, tap) => outputsInside(axis, tap)),
  ) as [Span[], Span[]];
  const reached = (spans: readonly Span[]): number => spans.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const panels = Math.ceil(s.outChannels / (s.groups ?? 1) / tileLanes);
  const borderedTiles = bordered.tapRows * bordered.tapColumns * tiles(bordered.run) * panels;
  const copies = s.padding[0] + s.padding[1] > 0 ? Math.ceil(borderedTiles / tileGroup) : 0;
  const copying = (copies * s.stride[0] * s.stride[1] * s.inChannels) / copiedValues;
  const plainWork = reached(rowTaps) * reached(columnTaps) * tiles(run) * panels;
  if (!depthwise && (borderedTiles + copying) * outputHeight * outputWidth <= plainWork) {
    const all = { rows: { begin: 0, end: outputHeight }, columns: { begin: 0, end: outputWidth } };
    const offsets = Array.from({ length: bordered.tapRows * bordered.tapColumns }, (_, tap) => ({
      offset:
        Math.floor(tap / bordered.tapColumns) * bordered.tapRowStep +
        (tap % bordered.tapColumns) * bordered.tapColumnStep,
      ...all,
    }));
    return { walk: bordered, bordered: true, taps: offsets };
  }
  const { pixel, row } = stepsOf(s.height, s.width, s.inChannels);
  return {
    walk: { ...plain, run },
    bordered: false,
    taps: rowTaps.flatMap((rows, i) =>
      columnTaps.map((columns, j) => ({
        offset: (rowAxis.start + rowAxis.step * i) * row + (columnAxis.start + columnAxis.step * j) * pixel,
        rows,
        columns,
      })),
    ),
  };
}

/** Taps of a row that are neighbours in memory are one run. */
export function taps(tapRows: number, tapRowStep: number, tapColumns: number, tapColumnStep: number, run: number) {
  const whole = { tapRows, tapRowStep, weightStart: 0, weightRowJump: 0 };
  if (tapColumnStep === run) return { ...whole, tapColumns: 1, tapColumnStep: 0, run: run * tapColumns };
  return { ...whole, tapColumns, tapColumnStep, run };
}
