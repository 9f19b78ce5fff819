import { KernelError } from '../errors.ts';
import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import type { ConvolutionShape } from './convolution-geometry.ts';
import { type ConvolutionPasses, stackEntries, type WeightGradientShard } from './convolution-passes.ts';

/** Tiles whose planes stay in the cache together: four register tiles of six rows. */
const tileBlock = 24;
/** Frequencies of a tile. */
const planes = 36;

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
  readonly zeros: number;
  readonly inputPlanes: number;
  readonly outputPlanes: number;
  readonly spare: number;
  readonly sums: number;
  /** Room for the sums of a tree over shards. */
  readonly stack: number;
}

/**
 * The three passes of a 3×3 convolution by Winograd's F(4×4, 3×3): a quarter of the multiplications of the direct one, at a
 * relative error of about 1e-5. Tensors and weights as in `Convolution`, which says what each method does.
 */
export class Winograd implements ConvolutionPasses {
  readonly #k: Kernels;
  readonly #memory: WinogradMemory;
  readonly #forward: Pass;

  constructor(kernels: Kernels, shape: ConvolutionShape, memory: WinogradMemory) {
    const { forward, backward } = passes(shape);
    this.#k = kernels;
    this.#memory = memory;
    this.#forward = forward;
    [forward, backward].forEach((pass, index) => {
      kernels.i32.set(
        [
          pass.outHeight,
          pass.outWidth,
          pass.inChannels,
          pass.outChannels,
          tileBlock,
          memory.inputPlanes,
          memory.outputPlanes,
          memory.spare,
          memory.zeros,
          pass.inHeight,
          pass.inWidth,
          pass.top,
          pass.left,
        ],
        memory.records / 4 + index * recordInts,
      );
    });
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + zeroFloats(shape));
  }

  packForward(weight: number): void {
    const { inChannels, outChannels } = this.#forward;
    this.#k.wasm.winogradPackForward(weight, this.#memory.packed, inChannels, outChannels, this.#memory.spare);
  }

  forward(x: number, bias: number, y: number, images: number): void {
    this.#convolve(this.#memory.records, x, bias, y, images);
  }

  packInputGradient(weight: number): void {
    const { inChannels, outChannels } = this.#forward;
    this.#k.wasm.winogradPackTransposed(weight, this.#memory.packed, inChannels, outChannels, this.#memory.spare);
  }

  inputGradient(dy: number, dx: number, images: number): void {
    this.#convolve(this.#memory.records + recordInts * 4, dy, 0, dx, images);
  }

  /** Each shard's sum is made in the planes, transformed, and added on a stack in the order of the tree. */
  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const { inChannels, outChannels } = this.#forward;
    const floats = 9 * inChannels * outChannels;
    let top = this.#memory.stack;
    for (const { x, dy, images, merges } of shards) {
      this.#k.wasm.winogradWeightGradient(this.#memory.records, x, dy, images, this.#memory.sums, top);
      for (let i = 0; i < merges; i++) {
        top -= floats * 4;
        this.#k.wasm.add(top, top + floats * 4, floats);
      }
      top += floats * 4;
    }
    const from = this.#memory.stack / 4;
    if (shards.length > 0) this.#k.f32.copyWithin(dweight / 4, from, from + floats);
    else this.#k.f32.fill(0, dweight / 4, dweight / 4 + floats);
  }

  #convolve(record: number, x: number, bias: number, y: number, images: number): void {
    const { packed, zeros } = this.#memory;
    this.#k.wasm.winogradConvolve(record, x, packed, bias || zeros, y, images);
  }
}

/** Int32 of a pass's record. */
const recordInts = 16;

const zeroFloats = ({ inChannels, outChannels }: ConvolutionShape): number => Math.max(inChannels, outChannels) + 16;

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

/** Lays out the memory of {@link Winograd}, for any number of images; arguments as of `allocateConvolution`. */
export function allocateWinograd(
  shape: ConvolutionShape,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
): WinogradMemory {
  const { inChannels, outChannels } = shape;
  const most = Math.max(inChannels, outChannels);
  return {
    records: own.floats(2 * recordInts),
    packed: own.floats(planes * inChannels * outChannels + 16),
    zeros: own.floats(zeroFloats(shape)),
    inputPlanes: scratch.floats(planes * tileBlock * most + 16),
    outputPlanes: scratch.floats(planes * tileBlock * most + 16),
    // A tile half transformed, a tile of output pixels, and 36 planes of a row of weights.
    spare: scratch.floats(6 * 6 * 8 + Math.max(16 * most, planes * most) + 64),
    sums: scratch.floats(planes * (inChannels + 6) * outChannels),
    stack: scratch.floats((stackEntries(maxShards) + 1) * 9 * inChannels * outChannels),
  };
}
