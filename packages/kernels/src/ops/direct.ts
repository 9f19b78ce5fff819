import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import { borderedBlockFloats, borderInts, type PixelBlock, pixelBlock, writeBorder } from './convolution-border.ts';
import type { ConvolutionGeometry, Phase } from './convolution-geometry.ts';
import { pairInts, writePairs } from './convolution-pairs.ts';
import {
  borderFloats,
  type ConvolutionPasses,
  packedFloats,
  stackEntries,
  tapInts,
  type WeightGradientShard,
  walkInts,
  writeShards,
  writeTaps,
  writeWalks,
  zeroFloats,
} from './convolution-passes.ts';
import type { Zone } from './convolution-zones.ts';
import { allocateGathered, GatheredInputGradient, type GatheredMemory, gathers } from './gathered-input-gradient.ts';
import {
  allocatePixelLanes,
  goesByPixelLanes,
  PixelLanesForward,
  type PixelLanesMemory,
} from './pixel-lanes-forward.ts';

/** Where the direct algorithm keeps what it needs. */
export interface DirectMemory {
  /** The walks of the weight gradient, of the forward zones, and of each phase's zones. */
  readonly records: number;
  /** A record for each tap of the weight gradient. */
  readonly taps: number;
  /** For maps of few pixels the places that meet at each tap, in so many images; see {@link writePairs}. */
  readonly pairs: { readonly pointer: number; readonly images: number } | undefined;
  /** Where a weight gradient over few pixels brings them together; undefined where there are many. */
  readonly together: number | undefined;
  readonly packed: number;
  /** Whether a call packs the weights itself, a slice at a time; else they are packed before the calls. */
  readonly packsWithin: boolean;
  readonly zeros: number;
  readonly shards: number;
  /** Of the border that a weight gradient puts around its input block by block, where it has one. */
  readonly border: number | undefined;
  readonly padded: number;
  readonly scratch: number;
  /** Where the input has few channels. */
  readonly gathered: GatheredMemory | undefined;
  /** Where it has one, and the output few. */
  readonly pixelLanes: PixelLanesMemory | undefined;
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
  readonly #block: PixelBlock;
  readonly #gathered: GatheredInputGradient | undefined;
  readonly #pixelLanes: PixelLanesForward | undefined;
  /** What was given to pack last. */
  #weight = 0;

  constructor(kernels: Kernels, geometry: ConvolutionGeometry, memory: DirectMemory) {
    const { shape, groups } = geometry;
    this.#k = kernels;
    this.#geometry = geometry;
    this.#memory = memory;
    this.#in = shape.inChannels / groups;
    this.#out = shape.outChannels / groups;
    this.#taps = shape.kernelSize[0] * shape.kernelSize[1];
    this.#block = pixelBlock(geometry);
    this.#gathered = memory.gathered && new GatheredInputGradient(kernels, geometry, memory.gathered);
    this.#pixelLanes = memory.pixelLanes && new PixelLanesForward(kernels, geometry, memory.pixelLanes);
    const { zones, phases, weightGradient } = geometry;
    const walks = [...zones, ...phases.flatMap((phase) => phase.zones)].map(({ walk }) => walk);
    writeWalks(kernels, [weightGradient.walk, ...walks], memory.records, memory.scratch);
    writeTaps(kernels, weightGradient.taps, memory.taps);
    if (memory.border !== undefined) writeBorder(kernels, geometry, memory.border, memory.padded);
    if (memory.pairs) writePairs(kernels, geometry, memory.pairs.pointer, memory.pairs.images);
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + zeroFloats(shape));
  }

  packForward(weight: number): void {
    this.#weight = weight;
    if (this.#pixelLanes) {
      this.#pixelLanes.pack(weight);
      return;
    }
    if (this.#memory.packsWithin) return;
    for (let group = 0; group < this.#geometry.groups; group++) {
      this.#packSlice(group, 0, this.#out, this.#memory.packed + group * this.#forwardFloats() * 4);
    }
  }

  forward(x: number, bias: number, y: number, images: number, least = Number.NEGATIVE_INFINITY): void {
    if (this.#pixelLanes) {
      this.#pixelLanes.run(x, bias, y, images, least);
      return;
    }
    const { zones, groups } = this.#geometry;
    const { packed, zeros, records, packsWithin } = this.#memory;
    const depth = this.#taps * this.#in;
    const slice = packsWithin ? forwardSlice(depth) : this.#out;
    for (let group = 0; group < groups; group++) {
      const source = x + group * this.#in * 4;
      for (let first = 0; first < this.#out; first += slice) {
        const channels = Math.min(slice, this.#out - first);
        const channel = (group * this.#out + first) * 4;
        const weights = packsWithin ? packed : packed + group * this.#forwardFloats() * 4;
        if (packsWithin) this.#packSlice(group, first, channels, packed);
        const start = bias === 0 ? zeros : bias + channel;
        this.#convolve(zones, records + walkBytes, source, weights, start, y + channel, images, depth, channels, least);
      }
    }
  }

  #packSlice(group: number, first: number, channels: number, to: number): void {
    const depth = this.#taps * this.#in;
    const from = this.#weight + (group * depth * this.#out + first) * 4;
    this.#k.wasm.packWeights(from, to, depth, this.#out, channels);
  }

  #forwardFloats(): number {
    return packedFloats(this.#taps * this.#in, this.#out);
  }

  packInputGradient(weight: number): void {
    this.#weight = weight;
    if (this.#gathered) {
      this.#gathered.pack(weight);
      return;
    }
    if (this.#memory.packsWithin || unpacked(this.#geometry)) return;
    let { packed } = this.#memory;
    for (const phase of this.#geometry.phases) {
      for (let group = 0; group < this.#geometry.groups; group++) {
        this.#packTransposedSlice(phase, group, 0, this.#in, packed);
        packed += packedFloats(phaseDepth(phase, this.#out), this.#in) * 4;
      }
    }
  }

  inputGradient(dy: number, dx: number, images: number): void {
    if (this.#gathered) this.#gathered.run(dy, dx, images);
    else if (unpacked(this.#geometry)) this.#inputGradientUnpacked(dy, dx, images);
    else this.#inputGradientPacked(dy, dx, images);
  }

  #inputGradientUnpacked(dy: number, dx: number, images: number): void {
    const { records, pairs } = this.#memory;
    const { shape, weightGradient } = this.#geometry;
    const { height, width } = shape;
    this.#k.wasm.convolutionInputGradientListed(
      records,
      pairs!.pointer,
      weightGradient.taps.length,
      this.#weight,
      dy,
      dx,
      images,
      weightGradient.walk.run / 4,
      this.#out,
      images * height * width * this.#in * 4,
    );
  }

  #inputGradientPacked(dy: number, dx: number, images: number): void {
    const { zones, phases, groups } = this.#geometry;
    const { zeros, packsWithin } = this.#memory;
    let { packed } = this.#memory;
    let record = this.#memory.records + (1 + zones.length) * walkBytes;
    for (const phase of phases) {
      const depth = phaseDepth(phase, this.#out);
      const slice = packsWithin ? gradientSlice(depth) : this.#in;
      for (let group = 0; group < groups; group++) {
        const source = dy + group * this.#out * 4;
        for (let first = 0; first < this.#in; first += slice) {
          const channels = Math.min(slice, this.#in - first);
          if (packsWithin) this.#packTransposedSlice(phase, group, first, channels, packed);
          const target = dx + phase.xOffset + (group * this.#in + first) * 4;
          this.#convolve(phase.zones, record, source, packed, zeros, target, images, depth, channels, none);
        }
        if (!packsWithin) packed += packedFloats(depth, this.#in) * 4;
      }
      record += phase.zones.length * walkBytes;
    }
  }

  #packTransposedSlice({ rows, columns }: Phase, group: number, first: number, channels: number, to: number): void {
    this.#k.wasm.packTransposed(
      this.#weight + (group * this.#taps * this.#in + first) * this.#out * 4,
      to,
      rows.last,
      rows.step,
      rows.count,
      columns.last,
      columns.step,
      columns.count,
      this.#geometry.shape.kernelSize[1],
      this.#in,
      this.#out,
      channels,
    );
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
    least: number,
  ): void {
    for (const { xOffset, yOffset } of zones) {
      this.#k.wasm.convolve(record, x + xOffset, weights, bias, y + yOffset, images, depth, channels, least);
      record += walkBytes;
    }
  }

  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { groups, weightGradient } = this.#geometry;
    const { records, taps, pairs, together, shards: shardRecords, border, padded } = this.#memory;
    const bordered = weightGradient.bordered && border === undefined;
    writeShards(this.#k, this.#geometry, shards, shardRecords, bordered ? padded : undefined);
    const tapCount = weightGradient.taps.length;
    for (let group = 0; group < groups; group++) {
      const to = dweight + group * this.#taps * this.#in * this.#out * 4;
      if (together !== undefined) {
        const values = weightGradient.walk.run / 4;
        this.#k.wasm.convolutionWeightGradientListed(
          records,
          pairs!.pointer,
          tapCount,
          values,
          shardRecords,
          shards.length,
          to,
          this.#out,
          together,
        );
      } else {
        this.#k.wasm.convolutionWeightGradient(
          records,
          taps,
          tapCount,
          border ?? 0,
          this.#block.rows,
          this.#block.images,
          shardRecords,
          shards.length,
          to,
          this.#out,
        );
      }
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
  packsWithin = false,
): DirectMemory {
  const { shape, groups, border, phases, zones, weightGradient } = geometry;
  const [inChannels, outChannels] = [shape.inChannels / groups, shape.outChannels / groups];
  const depth = shape.kernelSize[0] * shape.kernelSize[1] * inChannels;
  const transposed = phases.map((phase) => [phaseDepth(phase, outChannels), inChannels] as const);
  const packed = packsWithin
    ? Math.max(
        packedFloats(depth, Math.min(forwardSlice(depth), outChannels)),
        ...transposed.map(([rows, channels]) => packedFloats(rows, Math.min(gradientSlice(rows), channels))),
      )
    : groups *
      Math.max(
        packedFloats(depth, outChannels),
        transposed.reduce((sum, [rows, channels]) => sum + packedFloats(rows, channels), 0),
      );
  const pixels = geometry.outputHeight * geometry.outputWidth * maxShardImages;
  const together = pixels * maxShards <= fewPixels && (weightGradient.taps.length > 1 || pixels <= leastPixels);
  const imageFloats = weightGradient.bordered ? borderFloats(shape.height, shape.width, shape.inChannels, border) : 0;
  // A group's channels begin within a pixel: then all images get their border before the kernel.
  const byBlock = imageFloats > 0 && !together && groups === 1;
  const listedImages = unpacked(geometry) ? maxImages : together ? maxShardImages : undefined;
  const walks = [zones, ...phases.map((phase) => phase.zones)].reduce((sum, { length }) => sum + length, 1);
  return {
    records: own.floats(walks * walkInts),
    taps: own.floats(weightGradient.taps.length * tapInts),
    pairs:
      listedImages === undefined
        ? undefined
        : { pointer: own.floats(pairInts(geometry, listedImages)), images: listedImages },
    packed: packsWithin ? scratch.floats(packed) : own.floats(packed),
    packsWithin,
    together: together ? scratch.bytes(kernels.wasm.listedWeightGradientBytes(pixels * maxShards)) : undefined,
    zeros: own.floats(zeroFloats(shape)),
    shards: own.floats(maxShards * 4),
    border: byBlock ? own.floats(borderInts) : undefined,
    padded: scratch.floats(
      byBlock ? borderedBlockFloats(geometry, maxShardImages) : maxShards * maxShardImages * imageFloats,
    ),
    scratch: scratch.bytes(kernels.wasm.weightGradientScratchBytes(stackEntries(maxShards))),
    gathered: gathers(geometry) ? allocateGathered(geometry, own, scratch) : undefined,
    pixelLanes: goesByPixelLanes(geometry) ? allocatePixelLanes(geometry, own, scratch) : undefined,
  };
}

/** Output pixels of all shards, at most, that a weight gradient brings together; with one tap, of a shard. It changes no bits. */
const fewPixels = 1024;
const leastPixels = 32;

/**
 * Whether the input gradient takes the weights as they lie: where maps are so small, and weights so many, that turning them for
 * the register tiles would cost as much as the products. It sums in another order, so it goes by the geometry alone.
 */
const unpacked = ({ shape, groups, outputHeight, outputWidth, weightGradient }: ConvolutionGeometry): boolean =>
  outputHeight * outputWidth <= 4 &&
  weightGradient.taps.length * shape.inChannels * shape.outChannels >= 262_144 &&
  shape.outChannels >= 256 &&
  shape.outChannels % 8 === 0 &&
  shape.inChannels % 4 === 0 &&
  groups === 1 &&
  (!weightGradient.bordered || shape.padding.every((pixels) => pixels === 0));

/** Values of an output channel in a phase of the input gradient. */
const phaseDepth = ({ rows, columns }: Phase, outChannels: number): number => rows.count * columns.count * outChannels;

/**
 * Whole panels whose packed weights stay in the cache while all pixels go through them. Where they are only copied, the more
 * the better, since neighbours in memory are read together; where they are turned, rather in the second cache.
 */
const sliceOf = (bytes: number) => (depth: number) => Math.max(16, Math.floor(bytes / 64 / Math.max(1, depth)) * 16);
const forwardSlice = sliceOf(1_310_720);
const gradientSlice = sliceOf(262_144);

const walkBytes = walkInts * 4;

/** No least output. */
const none = Number.NEGATIVE_INFINITY;
