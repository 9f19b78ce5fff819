import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';
import {
  borderFloats,
  type ConvolutionPasses,
  padImages,
  stackEntries,
  type WeightGradientShard,
  walkInts,
  writeShards,
  writeWalks,
} from './convolution-passes.ts';

/** Where the depthwise kernels keep what they need. */
export interface DepthwiseMemory {
  readonly records: number;
  readonly packed: number;
  readonly zeros: number;
  readonly shards: number;
  readonly padded: number;
  readonly scratch: number;
}

/** A convolution of each channel by itself, channels being the lanes; weights are [kernelHeight][kernelWidth][channels]. */
export class DepthwiseConvolution implements ConvolutionPasses {
  readonly #k: Kernels;
  readonly #geometry: ConvolutionGeometry;
  readonly #memory: DepthwiseMemory;
  readonly #channels: number;
  /** The weights as they are: they need no packing. */
  #weight = 0;

  constructor(kernels: Kernels, geometry: ConvolutionGeometry, memory: DepthwiseMemory) {
    this.#k = kernels;
    this.#geometry = geometry;
    this.#memory = memory;
    this.#channels = geometry.shape.inChannels;
    const walks = [geometry.forward, ...geometry.phases.map(({ walk }) => walk)];
    writeWalks(kernels, walks, memory.records, memory.scratch);
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + this.#channels);
  }

  packForward(weight: number): void {
    this.#weight = weight;
  }

  forward(x: number, bias: number, y: number, images: number, least = Number.NEGATIVE_INFINITY): void {
    const { shape, border } = this.#geometry;
    const { padded, zeros, records } = this.#memory;
    const source = padImages(this.#k, x, padded, images, [shape.height, shape.width, this.#channels], border);
    this.#k.wasm.depthwiseConvolve(records, source, this.#weight, bias || zeros, y, images, this.#channels, least);
  }

  packInputGradient(weight: number): void {
    let { packed } = this.#memory;
    for (const { rows, columns } of this.#geometry.phases) {
      this.#k.wasm.depthwisePackTransposed(
        weight,
        packed,
        rows.last,
        rows.step,
        rows.count,
        columns.last,
        columns.step,
        columns.count,
        this.#geometry.shape.kernelSize[1],
        this.#channels,
      );
      packed += rows.count * columns.count * this.#channels * 4;
    }
  }

  inputGradient(dy: number, dx: number, images: number): void {
    const { phases, outputHeight, outputWidth, gradientBorder } = this.#geometry;
    const { padded, zeros, records } = this.#memory;
    const source = padImages(this.#k, dy, padded, images, [outputHeight, outputWidth, this.#channels], gradientBorder);
    let { packed } = this.#memory;
    phases.forEach(({ rows, columns, dyOffset, xOffset }, index) => {
      const record = records + (index + 1) * walkInts * 4;
      const target = dx + xOffset;
      this.#k.wasm.depthwiseConvolve(
        record,
        source + dyOffset,
        packed,
        zeros,
        target,
        images,
        this.#channels,
        Number.NEGATIVE_INFINITY,
      );
      packed += rows.count * columns.count * this.#channels * 4;
    });
  }

  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { records, shards: shardRecords, padded } = this.#memory;
    writeShards(this.#k, this.#geometry, shards, shardRecords, padded);
    this.#k.wasm.depthwiseWeightGradient(records, shardRecords, shards.length, dweight, this.#channels);
  }
}

/** Lays out the memory of {@link DepthwiseConvolution}; arguments as of `allocateConvolution`. */
export function allocateDepthwise(
  geometry: ConvolutionGeometry,
  maxImages: number,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
  maxShardImages = maxImages,
): DepthwiseMemory {
  const { shape, border, gradientBorder, outputHeight, outputWidth, phases } = geometry;
  const taps = shape.kernelSize[0] * shape.kernelSize[1];
  const forwardFloats = borderFloats(shape.height, shape.width, shape.inChannels, border);
  const gradientFloats = borderFloats(outputHeight, outputWidth, shape.outChannels, gradientBorder);
  return {
    records: own.floats((1 + phases.length) * walkInts),
    packed: own.floats(taps * shape.inChannels),
    zeros: own.floats(shape.inChannels),
    shards: own.floats(maxShards * 4),
    padded: scratch.floats(
      Math.max(maxImages * Math.max(forwardFloats, gradientFloats), maxShards * maxShardImages * forwardFloats),
    ),
    scratch: scratch.bytes((stackEntries(maxShards) + 1) * taps * 32),
  };
}
