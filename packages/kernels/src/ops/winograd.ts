import { KernelError } from '../errors.ts';
import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import type { ConvolutionShape } from './convolution-geometry.ts';
import type { ConvolutionPasses, WeightGradientShard } from './convolution-passes.ts';
import {
  allocateWinogradWeightGradient,
  planesFloats,
  tilesOf,
  type WinogradWeightGradientMemory,
  winogradWeightGradient,
} from './winograd-weight-gradient.ts';

/** Tiles whose planes stay in the cache together: four register tiles of six rows. */
const tileBlock = 24;

/** A map that Winograd's kernels go over: input and output of a forward pass, or gradient and input gradient. */
interface Pass {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  /** Rows and columns of zeros before the input; behind it are as many as whole tiles take. */
  readonly top: number;
  readonly left: number;
}

/** Whether the kernels can compute a convolution at all; whether they should, convolution-algorithm.ts says. */
export function winogradApplies({
  kernelSize,
  stride,
  dilation,
  padding,
  inChannels,
  outChannels,
  groups = 1,
}: ConvolutionShape): boolean {
  return (
    groups === 1 &&
    kernelSize.every((size) => size === 3) &&
    [...stride, ...dilation].every((step) => step === 1) &&
    padding.every((pixels) => pixels <= 2) &&
    inChannels % 8 === 0 &&
    outChannels % 8 === 0
  );
}

/** Where Winograd's kernels keep what they need; see {@link allocateWinograd}. */
export interface WinogradMemory {
  readonly records: number;
  readonly packed: number;
  /** Whether a call packs the weights itself, a slice at a time; else they are packed before the calls. */
  readonly packsWithin: boolean;
  readonly zeros: number;
  /** Tiles of a block in the forward pass and the input gradient. */
  readonly forwardBlock: number;
  readonly backwardBlock: number;
  readonly inputPlanes: number;
  readonly outputPlanes: number;
  readonly spare: number;
  readonly weightGradient: WinogradWeightGradientMemory | undefined;
}

/**
 * The three passes of a 3×3 convolution by Winograd's F(4×4, 3×3): a quarter of the multiplications of the direct one, at a
 * relative error of about 1e-5. Tensors and weights as in `Convolution`, which says what each method does.
 */
export class Winograd implements ConvolutionPasses {
  readonly #k: Kernels;
  readonly #memory: WinogradMemory;
  readonly #shape: ConvolutionShape;
  /** What was given to pack last. */
  #weight = 0;

  constructor(kernels: Kernels, shape: ConvolutionShape, memory: WinogradMemory) {
    const { forward, backward } = passes(shape);
    this.#k = kernels;
    this.#memory = memory;
    this.#shape = shape;
    // In the order of the records: forward, input gradient, weight gradient.
    const blocks = [memory.forwardBlock, memory.backwardBlock, tileBlock];
    [forward, backward, forward].forEach((pass, index) => {
      kernels.i32.set(
        [
          pass.outHeight,
          pass.outWidth,
          pass.inChannels,
          pass.outChannels,
          blocks[index]!,
          memory.inputPlanes,
          memory.outputPlanes,
          memory.spare,
          memory.zeros,
          pass.inHeight,
          pass.inWidth,
          pass.top,
          pass.left,
          sliceChannels,
          sliceDepth,
        ],
        memory.records / 4 + index * recordInts,
      );
    });
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + zeroFloats(shape));
  }

  packForward(weight: number): void {
    this.#weight = weight;
    if (this.#memory.packsWithin) return;
    const { inChannels, outChannels } = this.#shape;
    const { packed, spare } = this.#memory;
    this.#k.wasm.winogradPackForward(weight, packed, inChannels, outChannels, inChannels, outChannels, spare);
  }

  forward(x: number, bias: number, y: number, images: number, least = Number.NEGATIVE_INFINITY): void {
    this.#convolve(0, x, bias, y, images, least, false);
  }

  packInputGradient(weight: number): void {
    this.#weight = weight;
    if (this.#memory.packsWithin) return;
    const { inChannels, outChannels } = this.#shape;
    const { packed, spare } = this.#memory;
    this.#k.wasm.winogradPackTransposed(weight, packed, inChannels, outChannels, outChannels, inChannels, spare);
  }

  inputGradient(dy: number, dx: number, images: number, adds = false): void {
    this.#convolve(1, dy, 0, dx, images, Number.NEGATIVE_INFINITY, adds);
  }

  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { records, weightGradient } = this.#memory;
    winogradWeightGradient(this.#k, this.#shape, records + 2 * recordInts * 4, weightGradient!, shards, dweight);
  }

  /** `pass`: 0 forward, 1 for the input gradient. */
  #convolve(pass: 0 | 1, x: number, bias: number, y: number, images: number, least: number, adds: boolean): void {
    const { records, packed, packsWithin, zeros } = this.#memory;
    const record = records + pass * recordInts * 4;
    const { wasm } = this.#k;
    if (!packsWithin) wasm.winogradConvolve(record, x, packed, bias || zeros, y, images, least, Number(adds));
    else
      wasm.winogradConvolveUnpacked(
        record,
        x,
        this.#weight,
        pass,
        packed,
        bias || zeros,
        y,
        images,
        least,
        Number(adds),
      );
  }
}

/**
 * Channels of output and of input whose weights are packed at a time, where the calls pack: their planes stay in the second cache while
 * all tiles of a block go through them.
 */
const sliceChannels = 32;
const sliceDepth = 64;
/** Tiles of a block there: all of them, but not many more than this. */
const manyTiles = 96;
const blockOf = ({ outHeight, outWidth }: Pass, images: number): number => {
  const tiles = tilesOf(outHeight, outWidth);
  return Math.ceil(Math.max(tiles, Math.min(manyTiles, tiles * images)) / 6) * 6;
};

/** See TURNED in assembly/winograd.ts. */
const turnedChannels = 32;

/** Int32 of a pass's record. */
const recordInts = 16;

/** A row of six pixels, what is around an image, or a register tile; a bias of zeros is shorter. */
const zeroFloats = ({ inChannels, outChannels }: ConvolutionShape): number =>
  Math.max(96, 6 * Math.max(inChannels, outChannels) + 16);

const passOf = (
  [inHeight, inWidth, inChannels]: readonly [number, number, number],
  [outHeight, outWidth, outChannels]: readonly [number, number, number],
  [top, left]: readonly [number, number],
): Pass => ({ inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, top, left });

function passes(shape: ConvolutionShape): { forward: Pass; backward: Pass } {
  if (!winogradApplies(shape)) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `winograd: expected 3x3 taps, stride and dilation 1, padding 0 to 2, and channels in multiples of 8, got ${JSON.stringify(shape)}`,
    );
  }
  const { height, width, inChannels, outChannels, padding } = shape;
  const input = [height, width, inChannels] as const;
  const output = [height + 2 * padding[0] - 2, width + 2 * padding[1] - 2, outChannels] as const;
  return {
    forward: passOf(input, output, padding),
    backward: passOf(output, input, [2 - padding[0], 2 - padding[1]]),
  };
}

/** Lays out the memory of {@link Winograd}; arguments as of `allocateConvolution`. `weightGradient`: whether there is one. */
export function allocateWinograd(
  shape: ConvolutionShape,
  maxImages: number,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
  weightGradient: boolean,
  maxShardImages = maxImages,
  packsWithin = false,
): WinogradMemory {
  const { forward, backward } = passes(shape);
  const { inChannels, outChannels } = shape;
  const most = Math.max(inChannels, outChannels);
  const [forwardBlock, backwardBlock] = [forward, backward].map((pass) =>
    packsWithin ? blockOf(pass, maxImages) : tileBlock,
  ) as [number, number];
  const outputSlice = (pass: Pass): number =>
    packsWithin ? Math.min(sliceChannels, pass.outChannels) : pass.outChannels;
  return {
    records: own.floats(3 * recordInts),
    packed: packsWithin
      ? scratch.floats(planesFloats(sliceDepth, sliceChannels))
      : own.floats(planesFloats(inChannels, outChannels)),
    packsWithin,
    forwardBlock,
    backwardBlock,
    zeros: own.floats(zeroFloats(shape)),
    // What is at the end of a plane is read in whole register tiles.
    inputPlanes: scratch.floats(
      Math.max(
        planesFloats(tileBlock, inChannels),
        planesFloats(forwardBlock, inChannels),
        planesFloats(backwardBlock, outChannels),
      ) + 16,
    ),
    outputPlanes: scratch.floats(
      Math.max(
        planesFloats(tileBlock, most),
        planesFloats(forwardBlock, outputSlice(forward)),
        planesFloats(backwardBlock, outputSlice(backward)),
      ) + 16,
    ),
    // A tile half transformed, and a tile of output pixels or a panel of weights that are turned.
    spare: scratch.floats(6 * 6 * 8 + 16 * Math.max(most, 9 * turnedChannels) + 64),
    weightGradient: weightGradient
      ? allocateWinogradWeightGradient(shape, maxShards, maxShardImages, own, scratch)
      : undefined,
  };
}
