import {
  allocateConvolution,
  Convolution,
  type ConvolutionGeometry,
  type ConvolutionMemory,
  type ConvolutionPasses,
  columnSums,
  convolutionAlgorithm,
  type Kernels,
  multiplyChannels,
  TransposedConvolution,
} from '@lockstep/kernels';
import type { LayerAllocators, LayerContext, LayerProgram, LayerSizes, Shard, Step } from './layer.ts';
import { allocateRows, vectorGradients, weightGradient } from './parameter-gradient.ts';

/** Memory of a layer that is a convolution with an optional bias. */
export interface ConvolutionLayerMemory {
  readonly convolution: ConvolutionMemory;
  readonly rows: number;
  /** A row of weights for each shard's own gradient, where they are few; see `parameter-gradient.ts`. */
  readonly weightRows: { readonly pointer: number; readonly length: number } | undefined;
  /** Weights and bias with a normalisation in them, and its scale. */
  readonly folded: { readonly weight: number; readonly bias: number; readonly scale: number } | undefined;
  /** Where the shards' inputs and outputs lie behind each other, if the layer goes over all of them at once. */
  readonly together: { readonly x: number; readonly y: number } | undefined;
}

/** A layer is a convolution, or one with input and output exchanged. */
type Direction = 'forward' | 'transposed';

interface Maps {
  readonly pixels: number;
  readonly channels: number;
}

/** What the layer reads, and what it writes. */
function mapsOf(
  { shape, outputHeight, outputWidth }: ConvolutionGeometry,
  direction: Direction,
): readonly [input: Maps, output: Maps] {
  const near = { pixels: shape.height * shape.width, channels: shape.inChannels };
  const far = { pixels: outputHeight * outputWidth, channels: shape.outChannels };
  return direction === 'forward' ? [near, far] : [far, near];
}

const floatsOf = ({ pixels, channels }: Maps): number => pixels * channels;

/** Whether a shard has at most so many output pixels, or less in its maps than there are weights: then these are read for little work. */
function littleWork(geometry: ConvolutionGeometry, maxImages: number, fewPixels: number): boolean {
  const weights = weightFloats(geometry);
  const [near, far] = mapsOf(geometry, 'forward');
  return far.pixels * maxImages <= fewPixels || (floatsOf(near) + floatsOf(far)) * maxImages <= weights / 2;
}

/**
 * Where there is little work for a weight, all of the worker's shards go through at once; but not through a depthwise convolution, whose
 * weights are read for each pixel anyway. What an image gives does not depend on the others, so it changes no bits.
 */
export const goTogether = (geometry: ConvolutionGeometry, maxImages: number): boolean =>
  !geometry.depthwise && littleWork(geometry, maxImages, 32);

/**
 * Where the weights are fewer than a shard's maps have values, each shard's share of their gradient is made by itself, while its maps
 * are in the cache.
 */
export function goesByShard(geometry: ConvolutionGeometry, maxImages: number): boolean {
  const [near, far] = mapsOf(geometry, 'forward');
  const maps = maxImages * (floatsOf(near) + floatsOf(far));
  return !littleWork(geometry, maxImages, 64) && weightFloats(geometry) <= maps;
}

export const weightFloats = ({ groups, shape: { kernelSize, inChannels, outChannels } }: ConvolutionGeometry): number =>
  (kernelSize[0] * kernelSize[1] * inChannels * outChannels) / groups;

/** Of one image: a tap of each input channel of the group for each value of the output; taps on the padding count too. */
export const convolutionMultiplyAdds = (geometry: ConvolutionGeometry): number => {
  const { kernelSize, inChannels } = geometry.shape;
  return floatsOf(mapsOf(geometry, 'forward')[1]) * kernelSize[0] * kernelSize[1] * (inChannels / geometry.groups);
};

/** Lays out the memory that {@link convolutionProgram} needs. */
export function allocateConvolutionLayer(
  { kernels, maxImages, maxOwnShards, algorithms, folds }: LayerSizes<unknown>,
  geometry: ConvolutionGeometry,
  { own, pass, scratch }: LayerAllocators,
  direction: Direction = 'forward',
): ConvolutionLayerMemory {
  const [input, output] = mapsOf(geometry, direction);
  const together = goTogether(geometry, maxImages);
  const images = together ? maxImages * maxOwnShards : maxImages;
  const weights = weightFloats(geometry);
  return {
    convolution: allocateConvolution(
      kernels,
      geometry,
      images,
      maxOwnShards,
      own,
      scratch,
      algorithms ?? convolutionAlgorithm(geometry),
      maxImages,
      together,
    ),
    rows: allocateRows(scratch, maxOwnShards, output.channels),
    weightRows: goesByShard(geometry, maxImages)
      ? { pointer: allocateRows(pass, maxOwnShards, weights), length: weights }
      : undefined,
    folded: folds
      ? {
          weight: own.floats(weights),
          bias: own.floats(geometry.shape.outChannels),
          scale: own.floats(geometry.shape.outChannels),
        }
      : undefined,
    // One shard's lie so already.
    together:
      together && maxOwnShards > 1
        ? { x: scratch.floats(images * floatsOf(input)), y: scratch.floats(images * floatsOf(output)) }
        : undefined,
  };
}

/** The passes of a convolution, of a linear layer, which is a convolution of 1×1 over 1×1 maps, and of a transposed one. */
export function convolutionProgram<Options>(
  context: LayerContext<Options, ConvolutionLayerMemory>,
  geometry: ConvolutionGeometry,
  hasBias: boolean,
  direction: Direction = 'forward',
): LayerProgram {
  const { kernels, memory, x, y, dy, maxImages, maxOwnShards } = context;
  const images = memory.together ? maxImages * maxOwnShards : maxImages;
  const straight = new Convolution(kernels, geometry, images, memory.convolution);
  const convolution: ConvolutionPasses =
    direction === 'forward' ? straight : new TransposedConvolution(kernels, straight);
  const [inputMaps, outputMaps] = mapsOf(geometry, direction);
  const dx = context.dx[0];
  const overShards = (
    from: (shard: Shard) => number,
    to: (shard: Shard) => number,
    [near, far]: readonly [Place, Place],
    run: (source: number, target: number, count: number) => void,
  ): Step => {
    if (!memory.together) return { kind: 'each', run: (shard) => run(from(shard), to(shard), shard.images) };
    return { kind: 'once', run: () => runTogether(kernels, context.ownShards, from, to, near, far, run) };
  };
  const input = { pointer: memory.together?.x ?? 0, floats: floatsOf(inputMaps) };
  const output = { pointer: memory.together?.y ?? 0, floats: floatsOf(outputMaps) };
  const forward = overShards(x, y, [input, output], (source, target, count) =>
    convolution.forward(source, hasBias ? context.parameter('bias') : 0, target, count),
  );
  const biasGradient = (): Step[] =>
    vectorGradients(context, [{ name: 'bias', length: outputMaps.channels, rows: memory.rows }], (shard, [row]) =>
      columnSums(kernels, dy(shard), shard.images * outputMaps.pixels, outputMaps.channels, row!),
    );
  return {
    beforeForward: () => convolution.packForward(context.parameter('weight')),
    forward: [forward],
    folded: ({ write, y: target, relu }) => {
      const { weight, bias, scale } = memory.folded!;
      const vector = (pointer: number) => kernels.f32.subarray(pointer / 4, pointer / 4 + outputMaps.channels);
      return {
        before: () => {
          write(vector(scale), vector(bias));
          if (hasBias) addScaled(vector(bias), vector(context.parameter('bias')), vector(scale));
          scaleWeights(kernels, geometry, context.parameter('weight'), scale, weight);
          convolution.packForward(weight);
        },
        forward: [
          overShards(x, target, [input, output], (from, to, count) =>
            convolution.forward(from, bias, to, count, relu ? 0 : Number.NEGATIVE_INFINITY),
          ),
        ],
      };
    },
    beforeBackward: dx && (() => convolution.packInputGradient(context.parameter('weight'))),
    backward: [
      // First, while the shard's output gradient is in the cache.
      ...(dx
        ? [
            overShards(dy, dx, [output, input], (source, target, count) =>
              convolution.inputGradient(source, target, count, context.addsToGradient),
            ),
          ]
        : []),
      ...weightGradient(context, (shards, weight) => convolution.weightGradient(shards, weight), memory.weightRows),
      ...(hasBias ? biasGradient() : []),
    ],
  };
}

function addScaled(sum: Float32Array, values: Float32Array, factors: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + values[i]! * factors[i]!;
}

/** Multiplies the weights of each output channel by its factor; in memory they are neighbours, within a group. */
function scaleWeights(
  kernels: Kernels,
  geometry: ConvolutionGeometry,
  weight: number,
  scale: number,
  scaled: number,
): void {
  const { groups, depthwise, shape } = geometry;
  const parts = depthwise ? 1 : groups;
  const channels = shape.outChannels / parts;
  const floats = weightFloats(geometry) / parts;
  for (let part = 0; part < parts; part++) {
    const [from, factors, to] = [weight + part * floats * 4, scale + part * channels * 4, scaled + part * floats * 4];
    multiplyChannels(kernels, from, factors, to, 1, floats / channels, channels);
  }
}

/** Where the images of all shards lie behind each other, and the floats of one. */
interface Place {
  readonly pointer: number;
  readonly floats: number;
}

function runTogether(
  { f32 }: Kernels,
  shards: readonly Shard[],
  from: (shard: Shard) => number,
  to: (shard: Shard) => number,
  near: Place,
  far: Place,
  run: (source: number, target: number, count: number) => void,
): void {
  let count = 0;
  for (const shard of shards) {
    const source = from(shard) / 4;
    f32.copyWithin(near.pointer / 4 + count * near.floats, source, source + shard.images * near.floats);
    count += shard.images;
  }
  run(near.pointer, far.pointer, count);
  let first = far.pointer / 4;
  for (const shard of shards) {
    const size = shard.images * far.floats;
    f32.copyWithin(to(shard) / 4, first, first + size);
    first += size;
  }
}
