import { checkInteger, type Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import {
  type Border,
  type ConvolutionGeometry,
  type ConvolutionShape,
  paddedFloats,
  type Walk,
} from './convolution-geometry.ts';

/** Int32 fields of a walk in memory, and the scratch pointer after them. */
const walkFields = [
  'outputWidth', 'outputHeight', 'xPixel', 'xRowJump', 'xImageJump', 'yPixel', 'yRowJump', 'yImageJump',
  'tapRows', 'tapRowStep', 'tapColumns', 'tapColumnStep', 'run',
] as const satisfies readonly (keyof Walk)[]; // biome-ignore format: in the order of assembly/geometry.ts
const walkInts = 16;

/** One shard of a weight gradient: its input, its output gradient, and how many images it has. */
export interface WeightGradientShard {
  readonly x: number;
  readonly dy: number;
  readonly images: number;
  /** How often the two topmost sums of the stack are added after this shard's is pushed: the order of the tree. */
  readonly merges: number;
}

/**
 * One convolution's kernels over one memory, with what they keep there: packed weights and the records of its geometry.
 * A linear layer is a convolution of 1×1 over 1×1 images, and a matrix product is a linear layer.
 *
 * Tensors are float32 and NHWC; weights are [kernelHeight][kernelWidth][inChannels][outChannels].
 */
export class Convolution {
  readonly geometry: ConvolutionGeometry;
  readonly #k: Kernels;
  readonly #maxImages: number;
  readonly #memory: ConvolutionMemory;

  /** @param memory where {@link allocateConvolution} laid it out, for the same shape and at least as many images. */
  constructor(kernels: Kernels, geometry: ConvolutionGeometry, maxImages: number, memory: ConvolutionMemory) {
    this.geometry = geometry;
    this.#k = kernels;
    this.#maxImages = maxImages;
    this.#memory = memory;
    const walks = [geometry.forward, ...geometry.phases.map(({ walk }) => walk)];
    walks.forEach((walk, index) => {
      const record = [...walkFields.map((field) => walk[field]), memory.scratch];
      kernels.i32.set(record, (memory.records + index * walkInts * 4) / 4);
    });
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + zeroFloats(geometry.shape));
  }

  /** Packs the weights for {@link forward}. */
  packForward(weight: number): void {
    const { inChannels, outChannels, kernelSize } = this.geometry.shape;
    const depth = kernelSize[0] * kernelSize[1] * inChannels;
    this.#k.check('conv2d: weight', weight, depth * outChannels);
    this.#k.wasm.packWeights(weight, this.#memory.packed, depth, outChannels);
  }

  /** y = x ⋆ weight + bias (cross-correlation, as in the field). `bias` may be 0 for none. */
  forward(x: number, bias: number, y: number, images: number): void {
    const { shape, border, outputHeight, outputWidth } = this.geometry;
    this.#checkImages(images);
    this.#k.check('conv2d: x', x, images * shape.height * shape.width * shape.inChannels);
    this.#k.check('conv2d: y', y, images * outputHeight * outputWidth * shape.outChannels);
    if (bias !== 0) this.#k.check('conv2d: bias', bias, shape.outChannels);
    const padded = this.#pad(x, this.#memory.padded, images, shape.height, shape.width, shape.inChannels, border);
    const depth = shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels;
    this.#k.wasm.convolve(
      this.#memory.records,
      padded,
      this.#memory.packed,
      bias || this.#memory.zeros,
      y,
      images,
      depth,
      shape.outChannels,
    );
  }

  /** Packs the weights for {@link inputGradient}; those for {@link forward} are overwritten. */
  packInputGradient(weight: number): void {
    const { shape, phases } = this.geometry;
    this.#k.check(
      'conv2d: weight',
      weight,
      shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels * shape.outChannels,
    );
    let packed = this.#memory.packed;
    for (const { rows, columns } of phases) {
      this.#k.wasm.packTransposed(
        weight, packed, rows.last, rows.step, rows.count, columns.last, columns.step, columns.count,
        shape.kernelSize[1], shape.inChannels, shape.outChannels,
      ); // biome-ignore format: one argument list
      packed += packedFloats(rows.count * columns.count * shape.outChannels, shape.inChannels) * 4;
    }
  }

  /** dx = the convolution of dy with the weights: one convolution for each residue of the stride. */
  inputGradient(dy: number, dx: number, images: number): void {
    const { shape, phases, outputHeight, outputWidth, gradientBorder, clearsInputGradient } = this.geometry;
    this.#checkImages(images);
    this.#k.check('conv2d: dy', dy, images * outputHeight * outputWidth * shape.outChannels);
    const floats = images * shape.height * shape.width * shape.inChannels;
    this.#k.check('conv2d: dx', dx, floats);
    if (clearsInputGradient) this.#k.f32.fill(0, dx / 4, dx / 4 + floats);
    const padded = this.#pad(
      dy,
      this.#memory.padded,
      images,
      outputHeight,
      outputWidth,
      shape.outChannels,
      gradientBorder,
    );
    let packed = this.#memory.packed;
    phases.forEach(({ rows, columns, dyOffset, xOffset }, index) => {
      const record = this.#memory.records + (index + 1) * walkInts * 4;
      const depth = rows.count * columns.count * shape.outChannels;
      this.#k.wasm.convolve(
        record,
        padded + dyOffset,
        packed,
        this.#memory.zeros,
        dx + xOffset,
        images,
        depth,
        shape.inChannels,
      );
      packed += packedFloats(depth, shape.inChannels) * 4;
    });
  }

  /**
   * dweight = the cross-correlation of x and dy, summed over a subtree of shards: the shards' sums are added in the
   * order of the tree, in registers and cache, before they are stored.
   */
  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { shape, border, outputHeight, outputWidth } = this.geometry;
    this.#k.check(
      'conv2d: dweight',
      dweight,
      shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels * shape.outChannels,
    );
    checkInteger('conv2d: shards', shards.length, 0, this.#memory.maxShards);
    let padded = this.#memory.padded;
    shards.forEach(({ x, dy, images, merges }, index) => {
      this.#checkImages(images);
      this.#k.check('conv2d: x', x, images * shape.height * shape.width * shape.inChannels);
      this.#k.check('conv2d: dy', dy, images * outputHeight * outputWidth * shape.outChannels);
      const source = this.#pad(x, padded, images, shape.height, shape.width, shape.inChannels, border);
      if (source === padded) padded += images * paddedFloats(shape.height, shape.width, shape.inChannels, border) * 4;
      this.#k.i32.set([source, dy, images, merges], this.#memory.shards / 4 + index * 4);
    });
    this.#k.wasm.convolutionWeightGradient(
      this.#memory.records,
      this.#memory.shards,
      shards.length,
      dweight,
      shape.outChannels,
    );
  }

  /** The image with its border, or the image itself where there is none. */
  #pad(x: number, to: number, images: number, height: number, width: number, channels: number, border: Border): number {
    if (border.top + border.bottom + border.left + border.right === 0) return x;
    this.#k.wasm.pad(x, to, images, height, width, channels, border.top, border.bottom, border.left, border.right);
    return to;
  }

  #checkImages(images: number): void {
    checkInteger('conv2d: images', images, 0, this.#maxImages);
  }
}

/** Where a convolution keeps what it needs; see {@link allocateConvolution}. */
export interface ConvolutionMemory {
  /** Its own, for the run. */
  readonly records: number;
  readonly packed: number;
  readonly zeros: number;
  readonly shards: number;
  readonly maxShards: number;
  /** May be shared with every other kernel that runs at another time. */
  readonly padded: number;
  readonly scratch: number;
}

/**
 * Lays out a convolution's memory: `own` for what lasts as long as it does, `scratch` for what a call leaves behind.
 *
 * @param maxImages the most images of one call, and of one shard
 * @param maxShards the most shards of one weight gradient
 */
export function allocateConvolution(
  kernels: Pick<Kernels, 'wasm'>,
  geometry: ConvolutionGeometry,
  maxImages: number,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
): ConvolutionMemory {
  const { shape, border, gradientBorder, outputHeight, outputWidth, phases } = geometry;
  const forwardFloats = paddedFloats(shape.height, shape.width, shape.inChannels, border);
  const gradientFloats = paddedFloats(outputHeight, outputWidth, shape.outChannels, gradientBorder);
  const depth = shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels;
  const transposed = phases.map(({ rows, columns }) =>
    packedFloats(rows.count * columns.count * shape.outChannels, shape.inChannels),
  );
  return {
    records: own.floats((1 + phases.length) * walkInts),
    packed: own.floats(
      Math.max(
        packedFloats(depth, shape.outChannels),
        transposed.reduce((sum, floats) => sum + floats, 0),
      ),
    ),
    zeros: own.floats(zeroFloats(shape)),
    shards: own.floats(maxShards * 4),
    maxShards,
    padded: scratch.floats(maxImages * Math.max(maxShards * forwardFloats, gradientFloats) + 16),
    scratch: scratch.bytes(kernels.wasm.weightGradientScratchBytes(Math.ceil(Math.log2(Math.max(1, maxShards))) + 1)),
  };
}

/** Floats of packed weights: whole panels, of which the last may be 4 or 8 lanes. */
function packedFloats(depth: number, channels: number): number {
  return depth * Math.ceil(channels / 4) * 4 + depth * 4;
}

/** A bias of zeros is read for every panel, whole. */
const zeroFloats = ({ inChannels, outChannels }: ConvolutionShape): number => Math.max(inChannels, outChannels) + 16;
