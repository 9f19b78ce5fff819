import { KernelError } from '../errors.ts';
import { checkApart, checkInteger, type Kernels, type Region } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import { addsInputGradient, type ConvolutionAlgorithms, convolutionAlgorithm } from './convolution-algorithm.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';
import { type ConvolutionPasses, stackEntries, type WeightGradientShard } from './convolution-passes.ts';
import { allocateDepthwise, DepthwiseConvolution, type DepthwiseMemory } from './depthwise.ts';
import { allocateDirect, DirectConvolution, type DirectMemory } from './direct.ts';
import { allocateKaratsuba, Karatsuba, type KaratsubaMemory, karatsubaApplies } from './karatsuba.ts';
import { checkMerges } from './merges.ts';
import { allocateWinograd, Winograd, type WinogradMemory, winogradApplies } from './winograd.ts';

/**
 * One convolution's kernels over one memory, with what they keep there: packed weights and the records of its geometry.
 * A linear layer is a convolution of 1×1 over 1×1 images, and a matrix product is a linear layer.
 *
 * Tensors are float32 and NHWC. Weights are [kernelHeight][kernelWidth][inChannels][outChannels]; with groups that of one group
 * after the other; of a depthwise convolution (`geometry.depthwise`) [kernelHeight][kernelWidth][channels]. Outputs are
 * written wholly, and must not overlap inputs. What an image gives does not depend on the others. Every method throws
 * KernelError `KERNEL_POINTER` for a region outside the memory and `KERNEL_ARGUMENT` for more images or shards than there
 * is memory for, before it writes anything.
 */
export class Convolution {
  readonly geometry: ConvolutionGeometry;
  readonly algorithms: ConvolutionAlgorithms;
  readonly #k: Kernels;
  readonly #maxImages: number;
  readonly #maxShards: number;
  readonly #maxShardImages: number;
  readonly #forward: Pick<ConvolutionPasses, 'packForward' | 'forward'>;
  readonly #inputGradient: Pick<ConvolutionPasses, 'packInputGradient' | 'inputGradient'>;
  readonly #weightGradient: Pick<ConvolutionPasses, 'weightGradient'>;

  /**
   * @param maxImages the most images of one call, and of one shard
   * @param memory where {@link allocateConvolution} laid it out, for the same shape and at least as many images
   * @throws KernelError `KERNEL_POINTER` if that is not inside the memory
   */
  constructor(kernels: Kernels, geometry: ConvolutionGeometry, maxImages: number, memory: ConvolutionMemory) {
    kernels.check('conv2d: memory', memory.own.begin, (memory.own.end - memory.own.begin) / 4);
    kernels.check('conv2d: scratch', memory.scratch.begin, (memory.scratch.end - memory.scratch.begin) / 4);
    checkInteger('conv2d: maxImages', maxImages, 0, memory.maxImages);
    this.geometry = geometry;
    this.algorithms = memory.algorithms;
    this.#k = kernels;
    this.#maxImages = maxImages;
    this.#maxShards = memory.maxShards;
    this.#maxShardImages = Math.min(maxImages, memory.maxShardImages);
    const made = {
      direct: memory.direct && new DirectConvolution(kernels, geometry, memory.direct),
      winograd: memory.winograd && new Winograd(kernels, geometry.shape, memory.winograd),
      depthwise: memory.depthwise && new DepthwiseConvolution(kernels, geometry, memory.depthwise),
    };
    const { forward, inputGradient, weightGradient } = memory.algorithms;
    const karatsuba = memory.karatsuba && new Karatsuba(kernels, geometry, memory.karatsuba);
    this.#forward = forward === 'karatsuba' ? karatsuba! : made[forward]!;
    this.#inputGradient = inputGradient === 'karatsuba' ? karatsuba! : made[inputGradient]!;
    this.#weightGradient = made[weightGradient as keyof typeof made]!;
  }

  /** Packs the weights for {@link forward}; those for {@link inputGradient} are overwritten. */
  packForward(weight: number): void {
    this.#k.check('conv2d: weight', weight, this.#weightFloats());
    this.#forward.packForward(weight);
  }

  /**
   * y = x ⋆ weight + bias: cross-correlation, as `torch.nn.Conv2d`, with the weights that {@link packForward} packed, which
   * must not have changed since.
   *
   * @param x float32 [images][height][width][inChannels]
   * @param bias float32 [outChannels], or 0 for none
   * @param y float32 [images][outputHeight][outputWidth][outChannels]
   * @param least no y is less than this: 0 for a ReLU
   */
  forward(x: number, bias: number, y: number, images: number, least = Number.NEGATIVE_INFINITY): void {
    this.#checkImages(images);
    this.#k.check('conv2d: x', x, images * this.#inputFloats());
    this.#k.check('conv2d: y', y, images * this.#outputFloats());
    const channels = bias === 0 ? 0 : this.geometry.shape.outChannels;
    if (bias !== 0) this.#k.check('conv2d: bias', bias, channels);
    const [input, output] = [this.#input(x, images), this.#output(y, images)];
    checkApart('conv2d', output, { x: input, bias: { pointer: bias, elements: channels } });
    this.#forward.forward(x, bias, y, images, least);
  }

  /** Packs the weights for {@link inputGradient}; those for {@link forward} are overwritten. */
  packInputGradient(weight: number): void {
    this.#k.check('conv2d: weight', weight, this.#weightFloats());
    this.#inputGradient.packInputGradient(weight);
  }

  /**
   * dx = the full convolution of dy with the weights that {@link packInputGradient} packed: one convolution for each residue
   * of the stride. Input pixels that meet no tap get 0.
   *
   * @param dy float32 [images][outputHeight][outputWidth][outChannels]
   * @param dx float32 [images][height][width][inChannels]
   * @param adds to what dx has, to the bits of an addition behind; only where the algorithm {@link addsInputGradient}
   */
  inputGradient(dy: number, dx: number, images: number, adds = false): void {
    this.#checkImages(images);
    if (adds && !addsInputGradient(this.algorithms)) {
      const { inputGradient } = this.algorithms;
      throw new KernelError(
        'KERNEL_ARGUMENT',
        `conv2d: an input gradient by '${inputGradient}' cannot add to what dx has`,
      );
    }
    this.#k.check('conv2d: dy', dy, images * this.#outputFloats());
    this.#k.check('conv2d: dx', dx, images * this.#inputFloats());
    checkApart('conv2d', this.#input(dx, images), { dy: this.#output(dy, images) });
    this.#inputGradient.inputGradient(dy, dx, images, adds);
  }

  /**
   * dweight = the cross-correlation of x and dy, summed over a subtree of shards: the shards' sums are added in the
   * order of the tree, in cache, before they are stored. The bits are those of one call a shard, added in the same order.
   * Zeros for no shards.
   *
   * @param dweight float32, laid out as the weights
   * @throws KernelError `KERNEL_ARGUMENT` also if the shards' merges are no tree
   */
  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    this.#k.check('conv2d: dweight', dweight, this.#weightFloats());
    checkInteger('conv2d: shards', shards.length, 0, this.#maxShards);
    checkMerges(
      'conv2d',
      shards.map(({ merges }) => merges),
      stackEntries(this.#maxShards),
    );
    for (const { x, dy, images } of shards) {
      checkInteger('conv2d: images of a shard', images, 0, this.#maxShardImages);
      this.#k.check('conv2d: x', x, images * this.#inputFloats());
      this.#k.check('conv2d: dy', dy, images * this.#outputFloats());
      const gradient = { pointer: dweight, elements: this.#weightFloats() };
      checkApart('conv2d', gradient, { x: this.#input(x, images), dy: this.#output(dy, images) });
    }
    this.#weightGradient.weightGradient(shards, dweight);
  }

  #input(pointer: number, images: number): Region {
    return { pointer, elements: images * this.#inputFloats() };
  }

  #output(pointer: number, images: number): Region {
    return { pointer, elements: images * this.#outputFloats() };
  }

  #inputFloats(): number {
    const { height, width, inChannels } = this.geometry.shape;
    return height * width * inChannels;
  }

  #outputFloats(): number {
    return this.geometry.outputHeight * this.geometry.outputWidth * this.geometry.shape.outChannels;
  }

  #weightFloats(): number {
    const { kernelSize, inChannels, outChannels } = this.geometry.shape;
    return (kernelSize[0] * kernelSize[1] * inChannels * outChannels) / this.geometry.groups;
  }

  #checkImages(images: number): void {
    checkInteger('conv2d: images', images, 0, this.#maxImages);
  }
}

/** Where a convolution keeps what it needs; see {@link allocateConvolution}. */
export interface ConvolutionMemory {
  readonly algorithms: ConvolutionAlgorithms;
  /** What there is room for. */
  readonly maxImages: number;
  readonly maxShards: number;
  readonly maxShardImages: number;
  /** What each algorithm that some pass uses needs. */
  readonly direct: DirectMemory | undefined;
  readonly winograd: WinogradMemory | undefined;
  readonly karatsuba: KaratsubaMemory | undefined;
  readonly depthwise: DepthwiseMemory | undefined;
  /** Bytes from where to where it lies: its own for the run, and what it shares with whatever runs at another time. */
  readonly own: { readonly begin: number; readonly end: number };
  readonly scratch: { readonly begin: number; readonly end: number };
}

/**
 * Lays out a convolution's memory: `own` for what lasts as long as it does, `scratch` for what a call leaves behind.
 *
 * @param maxImages the most images of one call
 * @param maxShards the most shards of one weight gradient
 * @param algorithms how each pass is computed; the default is what the shape calls for
 * @param maxShardImages the most images of a shard, where a call of the other passes may have more
 * @param packsWithin for weights that are large beside the images, with one call of a pass after its packing: the call packs
 *   them by itself, a slice at a time, so that packed weights never leave the cache. No bit depends on it.
 */
export function allocateConvolution(
  kernels: Pick<Kernels, 'wasm'>,
  geometry: ConvolutionGeometry,
  maxImages: number,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
  algorithms: ConvolutionAlgorithms = convolutionAlgorithm(geometry),
  maxShardImages = maxImages,
  packsWithin = false,
): ConvolutionMemory {
  checkInteger('conv2d: maxImages', maxImages, 0);
  checkInteger('conv2d: maxShards', maxShards, 0);
  checkAlgorithms(geometry, algorithms);
  const used = Object.values(algorithms);
  const begin = { own: own.bytes(0), scratch: scratch.bytes(0) };
  const parts = {
    direct: used.includes('direct')
      ? allocateDirect(kernels, geometry, maxImages, maxShards, own, scratch, maxShardImages, packsWithin)
      : undefined,
    winograd: used.includes('winograd')
      ? allocateWinograd(
          geometry.shape,
          maxImages,
          maxShards,
          own,
          scratch,
          algorithms.weightGradient === 'winograd',
          maxShardImages,
          packsWithin,
        )
      : undefined,
    karatsuba: used.includes('karatsuba')
      ? allocateKaratsuba(geometry, maxImages, own, scratch, packsWithin)
      : undefined,
    depthwise: used.includes('depthwise') ? allocateDepthwise(kernels, geometry, maxShards, own, scratch) : undefined,
  };
  return {
    algorithms,
    maxImages,
    maxShards,
    maxShardImages,
    ...parts,
    own: { begin: begin.own, end: own.bytes(0) },
    scratch: { begin: begin.scratch, end: scratch.bytes(0) },
  };
}

/** Weights lie as the algorithm takes them: a depthwise convolution's otherwise than others'. */
function checkAlgorithms({ depthwise, shape }: ConvolutionGeometry, algorithms: ConvolutionAlgorithms): void {
  for (const [pass, algorithm] of Object.entries(algorithms)) {
    const applies = depthwise
      ? algorithm === 'depthwise'
      : algorithm === 'direct' ||
        (algorithm === 'winograd' && winogradApplies(shape)) ||
        (algorithm === 'karatsuba' && pass !== 'weightGradient' && karatsubaApplies(shape));
    if (applies) continue;
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `conv2d: ${pass} by '${algorithm}' does not apply to ${JSON.stringify(shape)}; for the algorithms that do see convolutionAlgorithm()`,
    );
  }
}

export type { WeightGradientShard };
