import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';
import {
  type ConvolutionPasses,
  stackEntries,
  tapInts,
  type WeightGradientShard,
  walkInts,
  writeShards,
  writeTaps,
  writeWalks,
} from './convolution-passes.ts';
import type { Zone } from './convolution-zones.ts';

/** Where the depthwise kernels keep what they need. */
export interface DepthwiseMemory {
  readonly records: number;
  readonly packed: number;
  readonly zeros: number;
  readonly taps: number;
  readonly shards: number;
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
    const walks = [...geometry.zones, ...geometry.phases.flatMap((phase) => phase.zones)].map(({ walk }) => walk);
    writeWalks(kernels, [geometry.weightGradient.walk, ...walks], memory.records, memory.scratch);
    writeTaps(kernels, geometry.weightGradient.taps, memory.taps);
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + this.#channels);
  }

  packForward(weight: number): void {
    this.#weight = weight;
  }

  forward(x: number, bias: number, y: number, images: number, least = Number.NEGATIVE_INFINITY): void {
    const { zeros, records } = this.#memory;
    const [near, far] = this.#imageBytes();
    for (let image = 0; image < images; image++) {
      const [from, to] = [x + image * near, y + image * far];
      this.#convolve(this.#geometry.zones, records + walkBytes, from, this.#weight, bias || zeros, to, least);
    }
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
    const { phases, zones } = this.#geometry;
    const { zeros, records } = this.#memory;
    const [near, far] = this.#imageBytes();
    for (let image = 0; image < images; image++) {
      let { packed } = this.#memory;
      let record = records + (1 + zones.length) * walkBytes;
      for (const phase of phases) {
        const to = dx + image * near + phase.xOffset;
        this.#convolve(phase.zones, record, dy + image * far, packed, zeros, to, Number.NEGATIVE_INFINITY);
        packed += phase.rows.count * phase.columns.count * this.#channels * 4;
        record += phase.zones.length * walkBytes;
      }
    }
  }

  /** One image, so that its zones find in the cache what their neighbours read and wrote. */
  #convolve(
    zones: readonly Zone[],
    record: number,
    x: number,
    weights: number,
    bias: number,
    y: number,
    least: number,
  ): void {
    for (const { xOffset, yOffset } of zones) {
      this.#k.wasm.depthwiseConvolve(record, x + xOffset, weights, bias, y + yOffset, 1, this.#channels, least);
      record += walkBytes;
    }
  }

  /** Of the input and of the output. */
  #imageBytes(): readonly [near: number, far: number] {
    const { shape, outputHeight, outputWidth } = this.#geometry;
    const pixel = this.#channels * 4;
    return [shape.height * shape.width * pixel, outputHeight * outputWidth * pixel];
  }

  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { records, taps, shards: shardRecords } = this.#memory;
    writeShards(this.#k, this.#geometry, shards, shardRecords, undefined);
    this.#k.wasm.depthwiseWeightGradient(records, taps, shardRecords, shards.length, dweight, this.#channels);
  }
}

/** Lays out the memory of {@link DepthwiseConvolution}; arguments as of `allocateConvolution`. */
export function allocateDepthwise(
  geometry: ConvolutionGeometry,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
): DepthwiseMemory {
  const { shape, zones, phases } = geometry;
  const taps = shape.kernelSize[0] * shape.kernelSize[1];
  const walks = [zones, ...phases.map((phase) => phase.zones)].reduce((sum, { length }) => sum + length, 1);
  return {
    records: own.floats(walks * walkInts),
    packed: own.floats(taps * shape.inChannels),
    zeros: own.floats(shape.inChannels),
    taps: own.floats(taps * tapInts),
    shards: own.floats(maxShards * 4),
    // Eight zeros, and what reading ahead writes, before the sums.
    scratch: scratch.floats(12 + (stackEntries(maxShards) + 1) * taps * shape.inChannels),
  };
}

const walkBytes = walkInts * 4;
