import {
  type Border,
  type ConvolutionGeometry,
  type ConvolutionShape,
  convolutionGeometry,
  KernelError,
  outputSize,
  type Pad2dGeometry,
  pad2dBackward,
  pad2dForward,
  pad2dSize,
} from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import { type Shape, shapeText } from '../graph/graph.ts';
import {
  allocateConvolutionLayer,
  type ConvolutionLayerMemory,
  convolutionProgram,
  weightFloats,
} from './convolution-program.ts';
import type { LayerAllocators, LayerContext, LayerProgram, LayerSizes, Shard } from './layer.ts';

/** What a convolution's border is made of, as in PyTorch. */
export const paddingModeSchema = z.enum(['zeros', 'reflect', 'replicate', 'circular']);

/** `same`: as many pixels as keep the size; `valid`: none. */
export const namedPaddingSchema = z.enum(['same', 'valid']);

/** What a `padding: 'same'` with another stride is refused with, as in PyTorch. */
export const sameNeedsStride1 = {
  message: "padding 'same' is for a stride of 1 only: give the number of pixels",
  path: ['padding'],
};

/** The border of a convolution along one axis; that of an even kernel that keeps the size is larger behind. */
export function sidesOf(
  padding: number | z.output<typeof namedPaddingSchema>,
  kernel: number,
  dilation: number,
): readonly [before: number, after: number] {
  if (typeof padding === 'number') return [padding, padding];
  const total = padding === 'same' ? dilation * (kernel - 1) : 0;
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** A convolution, and what is done to its input before it where a border of zeros, as wide on either side, does not do. */
export interface PaddedConvolution {
  readonly geometry: ConvolutionGeometry;
  readonly pad: Pad2dGeometry | undefined;
}

/** @throws CoreError `GRAPH_SHAPE` for what does not fit the input; messages call it `op` */
export function paddedConvolution(
  op: string,
  shape: Omit<ConvolutionShape, 'padding'>,
  border: Border,
  mode: z.output<typeof paddingModeSchema>,
  input: Shape,
): PaddedConvolution {
  const { height, width, inChannels } = shape;
  const { top, bottom, left, right } = border;
  const isEven = top === bottom && left === right;
  try {
    if ((mode === 'zeros' && isEven) || Math.max(top, bottom, left, right) === 0) {
      return { geometry: convolutionGeometry({ ...shape, padding: [top, left] }, op), pad: undefined };
    }
    const pad = { height, width, channels: inChannels, border, mode: mode === 'zeros' ? 'constant' : mode } as const;
    const [paddedHeight, paddedWidth] = pad2dSize(pad, op);
    const padded = { ...shape, height: paddedHeight, width: paddedWidth, padding: [0, 0] } as const;
    return { geometry: convolutionGeometry(padded, op), pad };
  } catch (cause) {
    if (!(cause instanceof KernelError)) throw cause;
    const size = (axis: 0 | 1, length: number) =>
      outputSize(length, shape.kernelSize[axis], shape.stride[axis], 0, shape.dilation[axis]);
    const output = `${size(0, top + height + bottom)}x${size(1, left + width + right)}`;
    throw new CoreError('GRAPH_SHAPE', `${cause.message}; the output would be ${output} (input ${shapeText(input)})`, {
      cause,
    });
  }
}

/** Floats of weights: of more there is no second copy, and the maps behind them are small. */
const fewWeights = 262_144;

/** Whether the weights can have a normalisation in them; see `Layer.folds`. */
export const foldsNorm = ({ geometry, pad }: PaddedConvolution): boolean =>
  pad === undefined && weightFloats(geometry) <= fewWeights;

/** Memory of a {@link PaddedConvolution}; the shards' pictures with their borders lie behind each other at `padded`. */
export interface PaddedConvolutionMemory {
  readonly convolution: ConvolutionLayerMemory;
  readonly padded: number;
}

const paddedFloats = ({ height, width, channels, border: { top, bottom, left, right } }: Pad2dGeometry): number =>
  (top + height + bottom) * (left + width + right) * channels;

/** Lays out the memory that {@link paddedConvolutionProgram} needs. */
export function allocatePaddedConvolution(
  sizes: LayerSizes<unknown>,
  { geometry, pad }: PaddedConvolution,
  allocators: LayerAllocators,
): PaddedConvolutionMemory {
  const images = sizes.maxOwnShards * sizes.maxImages;
  return {
    convolution: allocateConvolutionLayer(sizes, geometry, allocators),
    padded: pad ? allocators.scratch.floats(images * paddedFloats(pad)) : 0,
  };
}

/**
 * The passes of a convolution over its input with a border. The border is made again for the weight gradient, which is
 * cheaper than keeping the pictures twice.
 */
export function paddedConvolutionProgram<Options>(
  context: LayerContext<Options, PaddedConvolutionMemory>,
  { geometry, pad }: PaddedConvolution,
  hasBias: boolean,
): LayerProgram {
  const { kernels, memory, maxImages, ownShards, x } = context;
  const [dx] = context.dx;
  if (!pad) return convolutionProgram({ ...context, memory: memory.convolution }, geometry, hasBias);
  const padded = (shard: Shard): number =>
    memory.padded + (shard.index - ownShards[0]!.index) * maxImages * paddedFloats(pad) * 4;
  const program = convolutionProgram(
    {
      ...context,
      memory: memory.convolution,
      x: (shard) => {
        pad2dForward(kernels, pad, x(shard), padded(shard), shard.images);
        return padded(shard);
      },
      dx: [dx && padded],
    },
    geometry,
    hasBias,
  );
  if (!dx) return program;
  // At once behind the gradient of the padded input, the first step: scratch is for one call.
  const unpad = {
    kind: 'each',
    run: (shard: Shard) => pad2dBackward(kernels, pad, padded(shard), dx(shard), shard.images),
  } as const;
  return { ...program, backward: program.backward.toSpliced(1, 0, unpad) };
}
