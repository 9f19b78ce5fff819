import { KernelError } from '../errors.ts';
import { checkInteger } from '../kernels.ts';
import {
  forwardAxis,
  forwardWalk,
  stepsOf,
  type Walk,
  type WeightGradientWalk,
  weightGradientWalk,
} from './convolution-walks.ts';
import { type Zone, type ZoneAxis, zones } from './convolution-zones.ts';
import { outputSize } from './pool-geometry.ts';

/** A convolution's shape; what PyTorch calls by the same names. Pairs are [height, width]. */
export interface ConvolutionShape {
  readonly height: number;
  readonly width: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Groups of channels that are convolved apart from each other; both numbers of channels are multiples of it. Default: 1. */
  readonly groups?: number;
}

/** Zeros around an image, in pixels. */
export interface Border {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** One of the stride² convolutions that an input gradient is made of: those input pixels that meet the same taps. */
export interface Phase {
  /** Byte offset of the phase's first pixel in dx. */
  readonly xOffset: number;
  /** Its pixels, over dy without a border. */
  readonly zones: readonly Zone[];
  /** The taps, last first, as they are packed. */
  readonly rows: Taps;
  readonly columns: Taps;
}

interface Taps {
  readonly last: number;
  readonly step: number;
  readonly count: number;
}

/** What all kernels of one convolution need to know, from its shape alone. */
export interface ConvolutionGeometry {
  readonly shape: ConvolutionShape;
  readonly groups: number;
  /** Whether each channel is a group of its own, and they fill whole vectors: then channels are the lanes. */
  readonly depthwise: boolean;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly border: Border;
  /** The forward pass over the input with its border. */
  readonly forward: Walk;
  /** The forward pass over the input without a border. */
  readonly zones: readonly Zone[];
  readonly weightGradient: WeightGradientWalk;
  /** The input gradient goes over the output gradient in these. */
  readonly phases: readonly Phase[];
}

/** Floats of an image of [height][width][channels] with a border. */
export function paddedFloats(height: number, width: number, channels: number, border: Border): number {
  return (height + border.top + border.bottom) * (width + border.left + border.right) * channels;
}

/**
 * @param op what messages call it
 * @throws KernelError `KERNEL_ARGUMENT` for a shape that has no output, or sizes that are not positive integers
 */
export function convolutionGeometry(shape: ConvolutionShape, op = 'conv2d'): ConvolutionGeometry {
  for (const name of ['height', 'width', 'inChannels', 'outChannels'] as const)
    checkInteger(`${op}: ${name}`, shape[name], 1);
  for (const name of ['kernelSize', 'stride', 'dilation'] as const) {
    for (const value of shape[name]) checkInteger(`${op}: ${name}`, value, 1);
  }
  for (const value of shape.padding) checkInteger(`${op}: padding`, value, 0);
  const groups = shape.groups ?? 1;
  checkInteger(`${op}: groups`, groups, 1);
  if (shape.inChannels % groups !== 0 || shape.outChannels % groups !== 0) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: expected channels in multiples of groups ${groups}, got ${shape.inChannels} in and ${shape.outChannels} out`,
    );
  }
  const [outputHeight, outputWidth] = [0, 1].map((axis) =>
    outputSize(
      axis === 0 ? shape.height : shape.width,
      shape.kernelSize[axis]!,
      shape.stride[axis]!,
      shape.padding[axis]!,
      shape.dilation[axis]!,
    ),
  ) as [number, number];
  if (outputHeight < 1 || outputWidth < 1) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: a kernel of ${shape.kernelSize.join('x')} (stride ${shape.stride.join('x')}, padding ${shape.padding.join('x')}, dilation ${shape.dilation.join('x')}) ` +
        `does not fit an input of ${shape.height}x${shape.width}`,
    );
  }
  const [padY, padX] = shape.padding;
  const border = { top: padY, bottom: padY, left: padX, right: padX };
  const [rowAxis, columnAxis] = ([0, 1] as const).map((axis) =>
    forwardAxis(shape, axis, [outputHeight, outputWidth]),
  ) as [ZoneAxis, ZoneAxis];
  const depthwise = groups === shape.inChannels && groups === shape.outChannels && groups % 8 === 0;
  return {
    shape,
    groups,
    depthwise,
    outputHeight,
    outputWidth,
    border,
    forward: forwardWalk(shape, shape.padding, outputHeight, outputWidth),
    zones: zones(
      rowAxis,
      columnAxis,
      stepsOf(shape.height, shape.width, shape.inChannels),
      stepsOf(outputHeight, outputWidth, shape.outChannels),
      (shape.inChannels / groups) * 4,
    ),
    weightGradient: weightGradientWalk(shape, rowAxis, columnAxis, depthwise),
    phases: inputGradientPhases(shape, outputHeight, outputWidth, shape.outChannels, (shape.outChannels / groups) * 4),
  };
}

/**
 * Along one axis, the input positions i that are congruent modulo the stride, i = first + stride·j, and the taps that they
 * meet: k with i + padding = stride·o + dilation·k for an output o = start + j + step·t, t counting the taps from the last.
 */
interface AxisPhase {
  readonly first: number;
  readonly count: number;
  readonly taps: Taps;
  readonly start: number;
  readonly step: number;
}

function axisPhases(size: number, kernel: number, stride: number, padding: number, dilation: number): AxisPhase[] {
  const phases: AxisPhase[] = [];
  for (let first = 0; first < Math.min(stride, size); first++) {
    const count = Math.ceil((size - first) / stride);
    const met = Array.from({ length: kernel }, (_, k) => k).filter(
      (k) => (first + padding - dilation * k) % stride === 0,
    );
    const last = met.at(-1) ?? 0;
    phases.push({
      first,
      count,
      taps: { last, step: met.length > 1 ? last - met.at(-2)! : 1, count: met.length },
      start: (first + padding - dilation * last) / stride,
      step: met.length > 1 ? (dilation * (last - met.at(-2)!)) / stride : 1,
    });
  }
  return phases;
}

const phaseAxis = ({ count, taps, start, step }: AxisPhase, size: number): ZoneAxis => ({
  outputs: count,
  taps: taps.count,
  start,
  stride: 1,
  step,
  size,
});

/** @param channels of a pixel of what the phases go over @param run bytes of a tap there */
export function inputGradientPhases(
  s: ConvolutionShape,
  outputHeight: number,
  outputWidth: number,
  channels: number,
  run: number,
): Phase[] {
  const dxPixel = s.inChannels * 4;
  const dxRow = s.width * dxPixel;
  const [rows, columns] = ([0, 1] as const).map((axis) => {
    const size = axis === 0 ? s.height : s.width;
    return axisPhases(size, s.kernelSize[axis], s.stride[axis], s.padding[axis], s.dilation[axis]);
  }) as [AxisPhase[], AxisPhase[]];
  return rows.flatMap((row) =>
    columns.map((column) => ({
      xOffset: row.first * dxRow + column.first * dxPixel,
      zones: zones(
        phaseAxis(row, outputHeight),
        phaseAxis(column, outputWidth),
        stepsOf(outputHeight, outputWidth, channels),
        { pixel: s.stride[1] * dxPixel, row: s.stride[0] * dxRow, image: s.height * dxRow },
        run,
      ),
      rows: row.taps,
      columns: column.taps,
    })),
  );
}
