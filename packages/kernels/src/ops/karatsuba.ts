import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import type { ConvolutionGeometry, ConvolutionShape } from './convolution-geometry.ts';
import { type ConvolutionPasses, zeroFloats } from './convolution-passes.ts';

/** Whether the kernels can compute a convolution's forward pass and input gradient so; there is no such weight gradient. */
export const karatsubaApplies = (shape: ConvolutionShape): boolean => {
  const { height, width, kernelSize, stride, padding, dilation, inChannels, outChannels, groups = 1 } = shape;
  return (
    groups === 1 &&
    [height, width].every((size) => size === 2) &&
    kernelSize.every((size) => size === 3) &&
    [...stride, ...dilation, ...padding].every((pixels) => pixels === 1) &&
    inChannels % 8 === 0 &&
    outChannels % 8 === 0
  );
};

/** Where Karatsuba's kernels keep what they need. */
export interface KaratsubaMemory {
  readonly maxImages: number;
  /** Of all slices, or, if a call packs the weights itself, of one. */
  readonly packed: number;
  readonly packsWithin: boolean;
  readonly zeros: number;
  readonly inputPlanes: number;
  readonly outputPlanes: number;
  /** For inner products: a record of which only the scratch is used, and the places that meet in each plane. */
  readonly record: number;
  readonly pairs: number;
}

const planes = 9;

/** What is multiplied with weights, and what comes of it: input and output, or their gradients exchanged. */
interface Channels {
  readonly from: number;
  readonly to: number;
}

/**
 * The forward pass and the input gradient of a convolution of 3×3 over maps of 2×2 with 9 products a pair of channels, where the direct one
 * makes 16. Tensors and weights as in `Convolution`, which says what each method does. The weights go through the caches slice by slice:
 * forward as panels of register tiles, backward as they lie.
 */
export class Karatsuba implements Omit<ConvolutionPasses, 'weightGradient'> {
  readonly #k: Kernels;
  readonly #memory: KaratsubaMemory;
  readonly #in: number;
  readonly #out: number;
  /** What was given to pack last. */
  #weight = 0;

  constructor(kernels: Kernels, { shape }: ConvolutionGeometry, memory: KaratsubaMemory) {
    const { i32, f32 } = kernels;
    this.#k = kernels;
    this.#memory = memory;
    this.#in = shape.inChannels;
    this.#out = shape.outChannels;
    f32.fill(0, memory.zeros / 4, memory.zeros / 4 + zeroFloats(shape));
    // The inner products' sums of lanes follow the record; see SPARE in assembly/geometry.ts.
    i32[memory.record / 4 + 13] = memory.record + recordBytes;
    const lists = memory.pairs / 4 + planes * 2;
    const [row, slice] = [this.#out * 4, gradientSlice(this.#backward()).channels];
    for (let plane = 0; plane < planes; plane++) {
      const list = lists + plane * memory.maxImages * 2;
      i32.set([list * 4, 1], memory.pairs / 4 + plane * 2);
      for (let image = 0; image < memory.maxImages; image++) {
        const at = plane * memory.maxImages + image;
        i32.set([at * slice * 4, image * row + plane * planeBytes(memory.maxImages, this.#out)], list + image * 2);
      }
    }
  }

  packForward(weight: number): void {
    this.#weight = weight;
    if (this.#memory.packsWithin) return;
    this.#eachSlice(this.#forward(), forwardSlice, (slice, packed) => this.#pack(slice, packed));
  }

  forward(x: number, bias: number, y: number, images: number, least = Number.NEGATIVE_INFINITY): void {
    const { packsWithin, zeros, inputPlanes, outputPlanes, maxImages } = this.#memory;
    const input = planeBytes(maxImages, this.#in);
    this.#k.wasm.karatsubaInput(x, inputPlanes, input, images, this.#in);
    this.#eachSlice(this.#forward(), forwardSlice, (slice, packed) => {
      const { first, channels, firstDepth, depth } = slice;
      if (packsWithin) this.#pack(slice, packed);
      const output = planeBytes(maxImages, channels);
      this.#k.wasm.karatsubaProducts(
        inputPlanes + firstDepth * 4,
        input,
        this.#in * 4,
        packed,
        packedPlane(depth, channels),
        outputPlanes,
        output,
        images,
        depth,
        channels,
        firstDepth > 0 ? 1 : 0,
      );
      if (firstDepth + depth < this.#in) return;
      const start = bias === 0 ? zeros : bias + first * 4;
      const to = y + first * 4;
      const [row, pixel] = [channels * 4, this.#out * 4];
      this.#k.wasm.karatsubaOutput(outputPlanes, output, row, start, to, pixel, images, channels, least);
    });
  }

  packInputGradient(weight: number): void {
    this.#weight = weight;
    if (this.#memory.packsWithin) return;
    this.#eachSlice(this.#backward(), gradientSlice, (slice, packed) => this.#turn(slice, packed));
  }

  inputGradient(dy: number, dx: number, images: number): void {
    const { packsWithin, zeros, inputPlanes, outputPlanes, maxImages, record, pairs } = this.#memory;
    const slice = gradientSlice(this.#backward()).channels;
    const output = maxImages * slice * 4;
    this.#k.wasm.karatsubaInput(dy, inputPlanes, planeBytes(maxImages, this.#out), images, this.#out);
    this.#eachSlice(this.#backward(), gradientSlice, (part, packed) => {
      const { first, channels } = part;
      if (packsWithin) this.#turn(part, packed);
      this.#k.wasm.convolutionInputGradientListed(
        record,
        pairs,
        planes,
        packed,
        inputPlanes,
        outputPlanes,
        images,
        channels,
        this.#out,
        planes * output,
      );
      const to = dx + first * 4;
      const [row, pixel, least] = [slice * 4, this.#in * 4, Number.NEGATIVE_INFINITY];
      this.#k.wasm.karatsubaOutput(outputPlanes, output, row, zeros, to, pixel, images, channels, least);
    });
  }

  #forward(): Channels {
    return { from: this.#in, to: this.#out };
  }

  #backward(): Channels {
    return { from: this.#out, to: this.#in };
  }

  #pack({ first, channels, firstDepth, depth }: Slice, packed: number): void {
    const from = this.#weight + (firstDepth * this.#out + first) * 4;
    this.#k.wasm.karatsubaPack(from, packed, packedPlane(depth, channels), this.#in, this.#out, depth, channels);
  }

  #turn({ first, channels }: Slice, packed: number): void {
    this.#k.wasm.karatsubaTurn(this.#weight + first * this.#out * 4, packed, this.#in, this.#out, channels);
  }

  #eachSlice(
    channelsOf: Channels,
    sizeOf: (channels: Channels) => SliceSize,
    run: (slice: Slice, packed: number) => void,
  ): void {
    const { from, to } = channelsOf;
    const size = sizeOf(channelsOf);
    let { packed } = this.#memory;
    for (let first = 0; first < to; first += size.channels) {
      const channels = Math.min(size.channels, to - first);
      for (let firstDepth = 0; firstDepth < from; firstDepth += size.depth) {
        const depth = Math.min(size.depth, from - firstDepth);
        run({ first, channels, firstDepth, depth }, packed);
        if (!this.#memory.packsWithin) packed += planes * packedPlane(depth, channels);
      }
    }
  }
}

/** Channels, of what comes out and of what goes in, whose weights go through the caches together. */
interface SliceSize {
  readonly channels: number;
  readonly depth: number;
}

interface Slice extends SliceSize {
  readonly first: number;
  readonly firstDepth: number;
}

/** Bytes of a record of which only the pointer to scratch is used. */
const recordBytes = 64;
/** Floats of the sums of a tile of inner products. */
const sumFloats = 192;

/** Rows of the register tile: products are made of whole ones. */
const tileRows = 6;

/** Bytes from one plane to the next: a line more than it has, so that not all planes lie in the same places of the cache. */
const planeBytes = (images: number, channels: number): number =>
  (Math.ceil(images / tileRows) * tileRows * channels + 16) * 4;
const packedPlane = (from: number, to: number): number => (from * to + 16) * 4;

/** Slices whose planes of weights stay in the second cache while all images go through them; inner products are whole. */
const forwardSlice = ({ from, to }: Channels): SliceSize => ({ channels: Math.min(to, 64), depth: Math.min(from, 64) });
const gradientSlice = ({ from, to }: Channels): SliceSize => ({
  channels: Math.min(to, Math.max(16, Math.floor(262_144 / (planes * from * 4) / 16) * 16)),
  depth: from,
});

/** Lays out the memory of {@link Karatsuba}; arguments as of `allocateConvolution`. */
export function allocateKaratsuba(
  { shape }: ConvolutionGeometry,
  maxImages: number,
  own: Allocator,
  scratch: Allocator,
  packsWithin = false,
): KaratsubaMemory {
  const { inChannels, outChannels } = shape;
  const packedBytes = ({ from, to }: Channels, { channels, depth }: SliceSize): number =>
    planes *
    (packsWithin
      ? packedPlane(depth, channels)
      : from * to * 4 + Math.ceil(to / channels) * Math.ceil(from / depth) * packedPlane(0, 0));
  const [forward, backward] = [
    { from: inChannels, to: outChannels },
    { from: outChannels, to: inChannels },
  ];
  const slices = [forwardSlice(forward), gradientSlice(backward)] as const;
  const packed = Math.max(packedBytes(forward, slices[0]), packedBytes(backward, slices[1]));
  return {
    maxImages,
    packed: packsWithin ? scratch.bytes(packed) : own.bytes(packed),
    packsWithin,
    zeros: own.floats(zeroFloats(shape)),
    inputPlanes: scratch.bytes(planes * planeBytes(maxImages, Math.max(inChannels, outChannels))),
    outputPlanes: scratch.bytes(planes * planeBytes(maxImages, Math.max(...slices.map(({ channels }) => channels)))),
    record: own.floats(recordBytes / 4 + sumFloats),
    pairs: own.floats(planes * 2 + planes * maxImages * 2),
  };
}
