import {
  allocateConvolution,
  Convolution,
  type ConvolutionGeometry,
  type ConvolutionMemory,
  columnSums,
  convolutionAlgorithm,
  type Kernels,
} from '@lockstep/kernels';
import type { LayerAllocators, LayerContext, LayerProgram, LayerSizes, Shard, Step } from './layer.ts';
import { allocateRows, vectorGradients } from './parameter-gradient.ts';

/** Memory of a layer that is a convolution with an optional bias. */
export interface ConvolutionLayerMemory {
  readonly convolution: ConvolutionMemory;
  readonly rows: number;
  /** Where the shards' inputs and outputs lie behind each other, if the layer goes over all of them at once. */
  readonly together: { readonly x: number; readonly y: number } | undefined;
}

/**
 * With fewer output pixels than this in a shard, or with weights that are larger than its maps, the weights are read for little
 * work: then all of the worker's shards go through at once. What an image gives does not depend on the others, so it changes
 * no bits.
 */
const fewPixels = 64;

function goTogether(geometry: ConvolutionGeometry, maxImages: number): boolean {
  const { outputHeight, outputWidth, groups, shape } = geometry;
  const [rows, columns] = shape.kernelSize;
  const weights = (rows * columns * shape.inChannels * shape.outChannels) / groups;
  const maps = (inputFloats(geometry) + outputFloats(geometry)) * maxImages;
  return outputHeight * outputWidth * maxImages <= fewPixels || maps <= weights / 2;
}

const inputFloats = ({ shape }: ConvolutionGeometry): number => shape.height * shape.width * shape.inChannels;
const outputFloats = ({ shape, outputHeight, outputWidth }: ConvolutionGeometry): number =>
  outputHeight * outputWidth * shape.outChannels;

/** Lays out the memory that {@link convolutionProgram} needs. */
export function allocateConvolutionLayer(
  { kernels, maxImages, maxOwnShards }: LayerSizes<unknown>,
  geometry: ConvolutionGeometry,
  { own, scratch }: LayerAllocators,
): ConvolutionLayerMemory {
  const together = goTogether(geometry, maxImages);
  const images = together ? maxImages * maxOwnShards : maxImages;
  const algorithms = convolutionAlgorithm(geometry);
  return {
    convolution: allocateConvolution(
      kernels,
      geometry,
      images,
      maxOwnShards,
      own,
      scratch,
      algorithms,
      maxImages,
      together,
    ),
    rows: allocateRows(scratch, maxOwnShards, geometry.shape.outChannels),
    together: together
      ? { x: scratch.floats(images * inputFloats(geometry)), y: scratch.floats(images * outputFloats(geometry)) }
      : undefined,
  };
}

/** The passes of a convolution, and of a linear layer, which is a convolution of 1×1 over 1×1 maps. */
export function convolutionProgram<Options>(
  context: LayerContext<Options, ConvolutionLayerMemory>,
  geometry: ConvolutionGeometry,
  hasBias: boolean,
): LayerProgram {
  const { kernels, memory, subtrees, x, y, dy, maxImages, maxOwnShards } = context;
  const images = memory.together ? maxImages * maxOwnShards : maxImages;
  const convolution = new Convolution(kernels, geometry, images, memory.convolution);
  const { outChannels } = geometry.shape;
  const outputPixels = geometry.outputHeight * geometry.outputWidth;
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
  const input = { pointer: memory.together?.x ?? 0, floats: inputFloats(geometry) };
  const output = { pointer: memory.together?.y ?? 0, floats: outputFloats(geometry) };
  const forward = overShards(x, y, [input, output], (source, target, count) =>
    convolution.forward(source, hasBias ? context.parameter('bias') : 0, target, count),
  );
  const weightGradient: Step = {
    kind: 'once',
    run: () =>
      subtrees.forEach(({ shards, merges }, subtree) => {
        const records = shards.map((shard, i) => ({
          x: x(shard),
          dy: dy(shard),
          images: shard.images,
          merges: merges[i]!,
        }));
        convolution.weightGradient(records, context.gradient('weight', subtree));
      }),
  };
  const biasGradient = (): Step =>
    vectorGradients(context, [{ name: 'bias', length: outChannels, rows: memory.rows }], (shard, [row]) =>
      columnSums(kernels, dy(shard), shard.images * outputPixels, outChannels, row!),
    );
  return {
    beforeForward: () => convolution.packForward(context.parameter('weight')),
    forward: [forward],
    beforeBackward: dx && (() => convolution.packInputGradient(context.parameter('weight'))),
    backward: [
      // First, while the shard's output gradient is in the cache.
      ...(dx
        ? [
            overShards(dy, dx, [output, input], (source, target, count) =>
              convolution.inputGradient(source, target, count),
            ),
          ]
        : []),
      weightGradient,
      ...(hasBias ? [biasGradient()] : []),
    ],
  };
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
