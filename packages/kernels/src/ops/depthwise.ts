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
  /** The walk of the weight gradient. */
  readonly record: number;
  /** The zones of the bands. */
  readonly zones: number;
  readonly forwardBands: readonly Band[];
  readonly inputGradientBands: readonly Band[];
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
    writeWalks(kernels, [geometry.weightGradient.walk], memory.record, memory.scratch);
    writeZones(kernels, [...memory.forwardBands, ...memory.inputGradientBands], memory.zones);
    writeTaps(kernels, geometry.weightGradient.taps, memory.taps);
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + this.#channels);
  }

  packForward(weight: number): void {
    this.#weight = weight;
  }

  forward(x: number, bias: number, y: number, images: number, least = Number.NEGATIVE_INFINITY): void {
    const { zeros, zones, forwardBands } = this.#memory;
    const [near, far] = this.#imageBytes();
    const { wasm } = this.#k;
    const start = bias || zeros;
    wasm.depthwiseConvolve(
      zones,
      forwardBands.length,
      x,
      this.#weight,
      start,
      y,
      images,
      near,
      far,
      this.#channels,
      least,
    );
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
    const { zeros, zones, packed, forwardBands, inputGradientBands } = this.#memory;
    const [near, far] = this.#imageBytes();
    const first = zones + forwardBands.flat().length * zoneInts * 4;
    const bands = inputGradientBands.length;
    this.#k.wasm.depthwiseConvolve(first, bands, dy, packed, zeros, dx, images, far, near, this.#channels, none);
  }

  /** Of the input and of the output. */
  #imageBytes(): readonly [near: number, far: number] {
    const { shape, outputHeight, outputWidth } = this.#geometry;
    const pixel = this.#channels * 4;
    return [shape.height * shape.width * pixel, outputHeight * outputWidth * pixel];
  }

  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { record, taps, shards: shardRecords } = this.#memory;
    writeShards(this.#k, this.#geometry, shards, shardRecords, undefined);
    this.#k.wasm.depthwiseWeightGradient(record, taps, shardRecords, shards.length, dweight, this.#channels);
  }
}

/** Lays out the memory of {@link DepthwiseConvolution}; arguments as of `allocateConvolution`. */
export function allocateDepthwise(
  kernels: Pick<Kernels, 'wasm'>,
  geometry: ConvolutionGeometry,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
): DepthwiseMemory {
  const { shape, weightGradient } = geometry;
  const taps = shape.kernelSize[0] * shape.kernelSize[1];
  const forwardBands = bandsOf(geometry.zones);
  const inputGradientBands = inputGradientBandsOf(geometry);
  return {
    record: own.floats(walkInts),
    zones: own.floats([...forwardBands, ...inputGradientBands].flat().length * zoneInts),
    forwardBands,
    inputGradientBands,
    packed: own.floats(taps * shape.inChannels),
    zeros: own.floats(shape.inChannels),
    taps: own.floats(taps * tapInts),
    shards: own.floats(maxShards * 4),
    scratch: scratch.bytes(
      kernels.wasm.depthwiseScratchBytes(
        weightGradient.walk.tapColumnStep,
        taps * shape.inChannels * 4 * (stackEntries(maxShards) + 1),
      ),
    ),
  };
}

/** Zones that have the same output rows: a kernel goes over a row of all of them. */
type Band = readonly Zone[];

/** Rows of one phase of an input gradient have pixels of several, side by side. */
function inputGradientBandsOf({ phases, shape }: ConvolutionGeometry): Band[] {
  const columns = Math.min(shape.stride[1], shape.width);
  let taps = 0;
  const placed = phases.map(({ xOffset, rows, columns, zones }) => {
    const first = taps;
    taps += rows.count * columns.count;
    return zones.map((zone) => ({
      ...zone,
      yOffset: zone.yOffset + xOffset,
      walk: { ...zone.walk, weightStart: zone.walk.weightStart + first },
    }));
  });
  return Array.from({ length: phases.length / columns }, (_, row) => {
    const bands = placed.slice(row * columns, (row + 1) * columns).map(bandsOf);
    return bands[0]!.map((_, i) => bands.flatMap((band) => band[i]!));
  }).flat();
}

/** Neighbours in the order of `zones` that have the same rows. */
function bandsOf(zones: readonly Zone[]): Band[] {
  const bands: Zone[][] = [];
  const rowOf = ({ yOffset, walk }: Zone): number =>
    Math.floor(yOffset / (walk.yRowJump + walk.outputWidth * walk.yPixel));
  for (const zone of zones) {
    const band = bands.at(-1);
    if (band && rowOf(band[0]!) === rowOf(zone)) band.push(zone);
    else bands.push([zone]);
  }
  return bands;
}

/** Int32 of a zone's record: its walk, where it begins in the input and in the output, and how many zones the band has. */
const zoneInts = walkInts + 3;

function writeZones(k: Kernels, bands: readonly Band[], records: number): void {
  let record = records;
  for (const band of bands) {
    for (const { walk, xOffset, yOffset } of band) {
      writeWalks(k, [walk], record, 0);
      k.i32.set([xOffset, yOffset, band.length], record / 4 + walkInts);
      record += zoneInts * 4;
    }
  }
}

/** No least output. */
const none = Number.NEGATIVE_INFINITY;
