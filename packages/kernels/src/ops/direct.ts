import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';
import {
  borderFloats,
  type ConvolutionPasses,
  stackEntries,
  type WeightGradientShard,
  walkInts,
  writeShards,
  writeWalks,
} from './convolution-passes.ts';
import type { Zone } from './convolution-zones.ts';

/** Where the direct algorithm keeps what it needs. */
export interface DirectMemory {
  /** The walks of the weight gradient, of the forward zones, and of each phase's zones. */
  readonly records: number;
  /** A record for each tap of the weight gradient. */
  readonly taps: number;
  readonly packed: number;
  readonly zeros: number;
  readonly shards: number;
  readonly padded: number;
  readonly scratch: number;
}

/**
 * Any convolution, group by group, zone by zone so that no border is needed: each output is one sum in the order of taps and channels.
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
    const { zones, phases, weightGradient } = geometry;
    const walks = [...zones, ...phases.flatMap((phase) => phase.zones)].map(({ walk }) => walk);
    writeWalks(kernels, [weightGradient.walk, ...walks], memory.records, memory.scratch);
    kernels.i32.set(
      weightGradient.taps.flatMap(({ offset, rows, columns }) => [
        offset,
        rows.begin,
        rows.end,
        columns.begin,
        columns.end,
      ]),
      memory.taps / 4,
    );
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
    const { zones, groups } = this.#geometry;
    const { packed, zeros, records } = this.#memory;
    const depth = this.#taps * this.#in;
    for (let group = 0; group < groups; group++) {
      const first = group * this.#out * 4;
      const source = x + group * this.#in * 4;
      const weights = packed + group * packedFloats(depth, this.#out) * 4;
      const start = bias === 0 ? zeros : bias + first;
      this.#convolve(zones, records + walkBytes, source, weights, start, y + first, images, depth, this.#out);
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
    const { zones, phases, groups } = this.#geometry;
    const { zeros } = this.#memory;
    let { packed } = this.#memory;
    let record = this.#memory.records + (1 + zones.length) * walkBytes;
    for (const { rows, columns, xOffset, zones: phaseZones } of phases) {
      const depth = rows.count * columns.count * this.#out;
      for (let group = 0; group < groups; group++) {
        const source = dy + group * this.#out * 4;
        const target = dx + xOffset + group * this.#in * 4;
        this.#convolve(phaseZones, record, source, packed, zeros, target, images, depth, this.#in);
        packed += packedFloats(depth, this.#in) * 4;
      }
      record += phaseZones.length * walkBytes;
    }
  }

  #convolve(
    zones: readonly Zone[],
    record: number,
    x: number,
    weights: number,
    bias: number,
    y: number,
    images: number,
    depth: number,
    channels: number,
  ): void {
    for (const { xOffset, yOffset } of zones) {
      this.#k.wasm.convolve(record, x + xOffset, weights, bias, y + yOffset, images, depth, channels);
      record += walkBytes;
    }
  }

  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { groups, weightGradient } = this.#geometry;
    const { records, taps, shards: shardRecords, padded } = this.#memory;
    writeShards(this.#k, this.#geometry, shards, shardRecords, weightGradient.bordered ? padded : undefined);
    for (let group = 0; group < groups; group++) {
      this.#k.wasm.convolutionWeightGradient(
        records,
        taps,
        weightGradient.taps.length,
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
  const { shape, groups, border, phases, zones, weightGradient } = geometry;
  const [inChannels, outChannels] = [shape.inChannels / groups, shape.outChannels / groups];
  const depth = shape.kernelSize[0] * shape.kernelSize[1] * inChannels;
  const transposed = phases.map(({ rows, columns }) =>
    packedFloats(rows.count * columns.count * outChannels, inChannels),
  );
  const packed = Math.max(
    packedFloats(depth, outChannels),
    transposed.reduce((sum, floats) => sum + floats, 0),
  );
  const padded = weightGradient.bordered ? borderFloats(shape.height, shape.width, shape.inChannels, border) : 0;
  const walks = [zones, ...phases.map((phase) => phase.zones)].reduce((sum, { length }) => sum + length, 1);
  return {
    records: own.floats(walks * walkInts),
    taps: own.floats(weightGradient.taps.length * 5),
    packed: own.floats(groups * packed),
    zeros: own.floats(zeroFloats(geometry)),
    shards: own.floats(maxShards * 4),
    padded: scratch.floats(maxShards * maxShardImages * padded),
    scratch: scratch.bytes(kernels.wasm.weightGradientScratchBytes(stackEntries(maxShards))),
  };
}

/** Floats of packed weights: whole panels, of which the last may be 4 or 8 lanes. */
function packedFloats(depth: number, channels: number): number {
  return depth * Math.ceil(channels / 4) * 4 + depth * 4;
}

const walkBytes = walkInts * 4;

/** A bias of zeros is read for every panel, whole. */
const zeroFloats = ({ shape }: ConvolutionGeometry): number => Math.max(shape.inChannels, shape.outChannels) + 16;
