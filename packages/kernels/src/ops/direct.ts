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

/** Where the direct algorithm keeps what it needs. */
export interface DirectMemory {
  readonly records: number;
  readonly packed: number;
  readonly zeros: number;
  readonly shards: number;
  readonly padded: number;
  readonly scratch: number;
}

/**
 * Any convolution, group by group, over the image with its border: each output is one sum in the order of taps and channels.
 * The weights of a group are [kernelHeight][kernelWidth][inChannels/groups][outChannels/groups], group after group.
 */
export class DirectConvolution implements ConvolutionPasses {
  readonly #k: Kernels;
  readonly #geometry: ConvolutionGeometry;
  readonly #memory: DirectMemory;
  /** Channels of a group. */
  readonly #in: number;
  readonly #out: number;
  readonly #taps: number;

  constructor(kernels: Kernels, geometry: ConvolutionGeometry, memory: DirectMemory) {
    const { shape, groups } = geometry;
    this.#k = kernels;
    this.#geometry = geometry;
    this.#memory = memory;
    this.#in = shape.inChannels / groups;
    this.#out = shape.outChannels / groups;
    this.#taps = shape.kernelSize[0] * shape.kernelSize[1];
    writeWalks(kernels, geometry, memory.records, memory.scratch);
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + zeroFloats(geometry));
  }

  packForward(weight: number): void {
    const depth = this.#taps * this.#in;
    for (let group = 0; group < this.#geometry.groups; group++) {
      const packed = this.#memory.packed + group * packedFloats(depth, this.#out) * 4;
      this.#k.wasm.packWeights(weight + group * depth * this.#out * 4, packed, depth, this.#out);
    }
  }

  forward(x: number, bias: number, y: number, images: number): void {
    const { shape, border, groups } = this.#geometry;
    const { padded, packed, zeros, records } = this.#memory;
    const source = padImages(this.#k, x, padded, images, [shape.height, shape.width, shape.inChannels], border);
    const depth = this.#taps * this.#in;
    for (let group = 0; group < groups; group++) {
      const first = group * this.#out * 4;
      this.#k.wasm.convolve(
        records,
        source + group * this.#in * 4,
        packed + group * packedFloats(depth, this.#out) * 4,
        bias === 0 ? zeros : bias + first,
        y + first,
        images,
        depth,
        this.#out,
      );
    }
  }

  packInputGradient(weight: number): void {
    const { phases, groups, shape } = this.#geometry;
    let { packed } = this.#memory;
    for (const { rows, columns } of phases) {
      for (let group = 0; group < groups; group++) {
        this.#k.wasm.packTransposed(
          weight + group * this.#taps * this.#in * this.#out * 4,
          packed,
          rows.last,
          rows.step,
          rows.count,
          columns.last,
          columns.step,
          columns.count,
          shape.kernelSize[1],
          this.#in,
          this.#out,
        );
        packed += packedFloats(rows.count * columns.count * this.#out, this.#in) * 4;
      }
    }
  }

  inputGradient(dy: number, dx: number, images: number): void {
    const { shape, phases, groups, outputHeight, outputWidth, gradientBorder, clearsInputGradient } = this.#geometry;
    const { padded, zeros, records } = this.#memory;
    if (clearsInputGradient) {
      this.#k.f32.fill(0, dx / 4, dx / 4 + images * shape.height * shape.width * shape.inChannels);
    }
    const source = padImages(
      this.#k,
      dy,
      padded,
      images,
      [outputHeight, outputWidth, shape.outChannels],
      gradientBorder,
    );
    let { packed } = this.#memory;
    phases.forEach(({ rows, columns, dyOffset, xOffset }, index) => {
      const depth = rows.count * columns.count * this.#out;
      for (let group = 0; group < groups; group++) {
        this.#k.wasm.convolve(
          records + (index + 1) * walkInts * 4,
          source + dyOffset + group * this.#out * 4,
          packed,
          zeros,
          dx + xOffset + group * this.#in * 4,
          images,
          depth,
          this.#in,
        );
        packed += packedFloats(depth, this.#in) * 4;
      }
    });
  }

  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { groups } = this.#geometry;
    const { records, shards: shardRecords, padded } = this.#memory;
    writeShards(this.#k, this.#geometry, shards, shardRecords, padded);
    for (let group = 0; group < groups; group++) {
      this.#k.wasm.convolutionWeightGradient(
        records,
        shardRecords,
        shards.length,
        dweight + group * this.#taps * this.#in * this.#out * 4,
        this.#out,
      );
      // The next group's channels are beside this one's.
      for (let i = 0; i < shards.length; i++) {
        this.#k.i32[shardRecords / 4 + i * 4]! += this.#in * 4;
        this.#k.i32[shardRecords / 4 + i * 4 + 1]! += this.#out * 4;
      }
    }
  }
}

/** Lays out the memory of {@link DirectConvolution}; arguments as of `allocateConvolution`. */
export function allocateDirect(
  kernels: Pick<Kernels, 'wasm'>,
  geometry: ConvolutionGeometry,
  maxImages: number,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
  maxShardImages = maxImages,
): DirectMemory {
  const { shape, groups, border, gradientBorder, outputHeight, outputWidth, phases } = geometry;
  const [inChannels, outChannels] = [shape.inChannels / groups, shape.outChannels / groups];
  const depth = shape.kernelSize[0] * shape.kernelSize[1] * inChannels;
  const transposed = phases.map(({ rows, columns }) =>
    packedFloats(rows.count * columns.count * outChannels, inChannels),
  );
  const packed = Math.max(
    packedFloats(depth, outChannels),
    transposed.reduce((sum, floats) => sum + floats, 0),
  );
  const forwardFloats = borderFloats(shape.height, shape.width, shape.inChannels, border);
  const gradientFloats = borderFloats(outputHeight, outputWidth, shape.outChannels, gradientBorder);
  return {
    records: own.floats((1 + phases.length) * walkInts),
    packed: own.floats(groups * packed),
    zeros: own.floats(zeroFloats(geometry)),
    shards: own.floats(maxShards * 4),
    padded: scratch.floats(
      Math.max(maxImages * Math.max(forwardFloats, gradientFloats), maxShards * maxShardImages * forwardFloats),
    ),
    scratch: scratch.bytes(kernels.wasm.weightGradientScratchBytes(stackEntries(maxShards))),
  };
}

/** Floats of packed weights: whole panels, of which the last may be 4 or 8 lanes. */
function packedFloats(depth: number, channels: number): number {
  return depth * Math.ceil(channels / 4) * 4 + depth * 4;
}

/** A bias of zeros is read for every panel, whole. */
const zeroFloats = ({ shape }: ConvolutionGeometry): number => Math.max(shape.inChannels, shape.outChannels) + 16;
