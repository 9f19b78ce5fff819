import { checkInteger, type Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import { type ConvolutionAlgorithms, convolutionAlgorithm } from './convolution-algorithm.ts';
import {
  type Border,
  type ConvolutionGeometry,
  type ConvolutionShape,
  paddedFloats,
  type Walk,
} from './convolution-geometry.ts';
import { checkMerges } from './merges.ts';
import { allocateWinograd, Winograd, type WinogradMemory } from './winograd.ts';

/** Int32 fields of a walk in memory, and the scratch pointer after them. */
const walkFields = [
  'outputWidth', 'outputHeight', 'xPixel', 'xRowJump', 'xImageJump', 'yPixel', 'yRowJump', 'yImageJump',
  'tapRows', 'tapRowStep', 'tapColumns', 'tapColumnStep', 'run',
] as const satisfies readonly (keyof Walk)[]; // biome-ignore format: in the order of assembly/geometry.ts
const walkInts = 16;

/** One shard of a weight gradient: its input, its output gradient, and how many images it has. */
export interface WeightGradientShard {
  /** float32 [images][height][width][inChannels] */
  readonly x: number;
  /** float32 [images][outputHeight][outputWidth][outChannels] */
  readonly dy: number;
  /** 0 for an empty shard, whose sum is zeros. */
  readonly images: number;
  /**
   * How often the two topmost sums of the stack are added after this shard's is pushed: the order of the tree. One shard: 0.
   * Two: 0, 1. Four: 0, 1, 0, 2.
   */
  readonly merges: number;
}

/**
 * One convolution's kernels over one memory, with what they keep there: packed weights and the records of its geometry.
 * A linear layer is a convolution of 1×1 over 1×1 images, and a matrix product is a linear layer.
 *
 * Tensors are float32 and NHWC; weights are [kernelHeight][kernelWidth][inChannels][outChannels]. Outputs are written
 * wholly, and must not overlap inputs. Each output is one sum in the order of taps and channels, whatever the number of
 * images. Every method throws KernelError `KERNEL_POINTER` for a region outside the memory and `KERNEL_ARGUMENT` for more
 * images or shards than there is memory for, before it writes anything.
 */
export class Convolution {
  readonly geometry: ConvolutionGeometry;
  readonly algorithms: ConvolutionAlgorithms;
  readonly #k: Kernels;
  readonly #maxImages: number;
  readonly #memory: ConvolutionMemory;
  readonly #winograd: Winograd | undefined;

  /**
   * @param maxImages the most images of one call, and of one shard
   * @param memory where {@link allocateConvolution} laid it out, for the same shape and at least as many images
   * @throws KernelError `KERNEL_POINTER` if that is not inside the memory
   */
  constructor(kernels: Kernels, geometry: ConvolutionGeometry, maxImages: number, memory: ConvolutionMemory) {
    const sizes = regionBytes(kernels, geometry, maxImages, memory.maxShards);
    for (const name of regionNames) kernels.check(`conv2d: ${name}`, memory[name], sizes[name] / 4);
    this.geometry = geometry;
    this.algorithms = memory.algorithms;
    this.#winograd = memory.winograd && new Winograd(kernels, geometry.shape, memory.winograd);
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

  /** Packs the weights for {@link forward}; those for {@link inputGradient} are overwritten. */
  packForward(weight: number): void {
    const { inChannels, outChannels, kernelSize } = this.geometry.shape;
    const depth = kernelSize[0] * kernelSize[1] * inChannels;
    this.#k.check('conv2d: weight', weight, depth * outChannels);
    if (this.#winograd && this.algorithms.forward === 'winograd') {
      this.#winograd.packForward(weight);
      return;
    }
    this.#k.wasm.packWeights(weight, this.#memory.packed, depth, outChannels);
  }

  /**
   * y = x ⋆ weight + bias: cross-correlation, as `torch.nn.Conv2d`, with the weights that {@link packForward} packed.
   *
   * @param x float32 [images][height][width][inChannels]
   * @param bias float32 [outChannels], or 0 for none
   * @param y float32 [images][outputHeight][outputWidth][outChannels]
   */
  forward(x: number, bias: number, y: number, images: number): void {
    const { shape, border, outputHeight, outputWidth } = this.geometry;
    this.#checkImages(images);
    this.#k.check('conv2d: x', x, images * shape.height * shape.width * shape.inChannels);
    this.#k.check('conv2d: y', y, images * outputHeight * outputWidth * shape.outChannels);
    if (bias !== 0) this.#k.check('conv2d: bias', bias, shape.outChannels);
    if (this.#winograd && this.algorithms.forward === 'winograd') {
      this.#winograd.forward(x, bias, y, images);
      return;
    }
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
    if (this.#winograd && this.algorithms.inputGradient === 'winograd') {
      this.#winograd.packInputGradient(weight);
      return;
    }
    let packed = this.#memory.packed;
    for (const { rows, columns } of phases) {
      this.#k.wasm.packTransposed(
        weight, packed, rows.last, rows.step, rows.count, columns.last, columns.step, columns.count,
        shape.kernelSize[1], shape.inChannels, shape.outChannels,
      ); // biome-ignore format: one argument list
      packed += packedFloats(rows.count * columns.count * shape.outChannels, shape.inChannels) * 4;
    }
  }

  /**
   * dx = the full convolution of dy with the weights that {@link packInputGradient} packed: one convolution for each residue
   * of the stride. Input pixels that meet no tap get 0.
   *
   * @param dy float32 [images][outputHeight][outputWidth][outChannels]
   * @param dx float32 [images][height][width][inChannels]
   */
  inputGradient(dy: number, dx: number, images: number): void {
    const { shape, phases, outputHeight, outputWidth, gradientBorder, clearsInputGradient } = this.geometry;
    this.#checkImages(images);
    this.#k.check('conv2d: dy', dy, images * outputHeight * outputWidth * shape.outChannels);
    const floats = images * shape.height * shape.width * shape.inChannels;
    this.#k.check('conv2d: dx', dx, floats);
    if (this.#winograd && this.algorithms.inputGradient === 'winograd') {
      this.#winograd.inputGradient(dy, dx, images);
      return;
    }
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
   * order of the tree, in cache, before they are stored. The bits are those of one call a shard, added in the same order.
   * Zeros for no shards.
   *
   * @param dweight float32 [kernelHeight][kernelWidth][inChannels][outChannels]
   * @throws KernelError `KERNEL_ARGUMENT` also if the shards' merges are no tree
   */
  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { shape, border, outputHeight, outputWidth } = this.geometry;
    this.#k.check(
      'conv2d: dweight',
      dweight,
      shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels * shape.outChannels,
    );
    checkInteger('conv2d: shards', shards.length, 0, this.#memory.maxShards);
    checkMerges(
      'conv2d',
      shards.map(({ merges }) => merges),
      stackEntries(this.#memory.maxShards),
    );
    for (const { x, dy, images } of shards) {
      this.#checkImages(images);
      this.#k.check('conv2d: x', x, images * shape.height * shape.width * shape.inChannels);
      this.#k.check('conv2d: dy', dy, images * outputHeight * outputWidth * shape.outChannels);
    }
    if (this.#winograd && this.algorithms.weightGradient === 'winograd') {
      this.#winograd.weightGradient(shards, dweight);
      return;
    }
    let padded = this.#memory.padded;
    shards.forEach(({ x, dy, images, merges }, index) => {
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
    if (!hasBorder(border)) return x;
    this.#k.wasm.pad(x, to, images, height, width, channels, border.top, border.bottom, border.left, border.right);
    return to;
  }

  #checkImages(images: number): void {
    checkInteger('conv2d: images', images, 0, this.#maxImages);
  }
}

/** Where a convolution keeps what it needs; see {@link allocateConvolution}. Pointers, and the shards there is room for. */
export interface ConvolutionMemory {
  /** Its own, for the run. */
  readonly records: number;
  readonly packed: number;
  readonly zeros: number;
  readonly shards: number;
  readonly maxShards: number;
  readonly algorithms: ConvolutionAlgorithms;
  /** Where a pass is computed by Winograd's algorithm. */
  readonly winograd: WinogradMemory | undefined;
  /** May be shared with every other kernel that runs at another time. */
  readonly padded: number;
  readonly scratch: number;
}

/**
 * Lays out a convolution's memory: `own` for what lasts as long as it does, `scratch` for what a call leaves behind.
 *
 * @param maxImages the most images of one call, and of one shard
 * @param maxShards the most shards of one weight gradient
 * @param algorithms how each pass is computed; the default is what the shape calls for
 */
export function allocateConvolution(
  kernels: Pick<Kernels, 'wasm'>,
  geometry: ConvolutionGeometry,
  maxImages: number,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
  algorithms: ConvolutionAlgorithms = convolutionAlgorithm(geometry.shape),
): ConvolutionMemory {
  const sizes = regionBytes(kernels, geometry, maxImages, maxShards);
  const usesWinograd = Object.values(algorithms).includes('winograd');
  return {
    algorithms,
    winograd: usesWinograd ? allocateWinograd(geometry.shape, maxImages, maxShards, own, scratch) : undefined,
    records: own.bytes(sizes.records),
    packed: own.bytes(sizes.packed),
    zeros: own.bytes(sizes.zeros),
    shards: own.bytes(sizes.shards),
    maxShards,
    padded: scratch.bytes(sizes.padded),
    scratch: scratch.bytes(sizes.scratch),
  };
}

const regionNames = ['records', 'packed', 'zeros', 'shards', 'padded', 'scratch'] as const;

/** Bytes of each region of {@link ConvolutionMemory}. */
function regionBytes(
  kernels: Pick<Kernels, 'wasm'>,
  geometry: ConvolutionGeometry,
  maxImages: number,
  maxShards: number,
): Record<(typeof regionNames)[number], number> {
  checkInteger('conv2d: maxImages', maxImages, 0);
  checkInteger('conv2d: maxShards', maxShards, 0);
  const { shape, border, gradientBorder, outputHeight, outputWidth, phases } = geometry;
  // Without a border the image itself is read.
  const forwardFloats = hasBorder(border) ? paddedFloats(shape.height, shape.width, shape.inChannels, border) : 0;
  const gradientFloats = hasBorder(gradientBorder)
    ? paddedFloats(outputHeight, outputWidth, shape.outChannels, gradientBorder)
    : 0;
  const depth = shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels;
  const transposed = phases.map(({ rows, columns }) =>
    packedFloats(rows.count * columns.count * shape.outChannels, shape.inChannels),
  );
  const packed = Math.max(
    packedFloats(depth, shape.outChannels),
    transposed.reduce((sum, floats) => sum + floats, 0),
  );
  return {
    records: (1 + phases.length) * walkInts * 4,
    packed: packed * 4,
    zeros: zeroFloats(shape) * 4,
    shards: maxShards * 16,
    padded: maxImages * Math.max(maxShards * forwardFloats, gradientFloats) * 4,
    scratch: kernels.wasm.weightGradientScratchBytes(stackEntries(maxShards)),
  };
}

/** Sums that a tree over so many shards has on the stack at most. */
const stackEntries = (shards: number): number => Math.ceil(Math.log2(Math.max(1, shards))) + 1;

const hasBorder = ({ top, bottom, left, right }: Border): boolean => top + bottom + left + right > 0;

/** Floats of packed weights: whole panels, of which the last may be 4 or 8 lanes. */
function packedFloats(depth: number, channels: number): number {
  return depth * Math.ceil(channels / 4) * 4 + depth * 4;
}

/** A bias of zeros is read for every panel, whole. */
const zeroFloats = ({ inChannels, outChannels }: ConvolutionShape): number => Math.max(inChannels, outChannels) + 16;
