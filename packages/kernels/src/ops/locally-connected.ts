import { checkApart, checkInteger, type Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';
import {
  borderFloats,
  packedFloats,
  padImages,
  stackEntries,
  tapInts,
  type WeightGradientShard,
  walkInts,
  writeShards,
  writeTaps,
  writeWalks,
  zeroFloats,
} from './convolution-passes.ts';
import { taps, type Walk } from './convolution-walks.ts';
import { checkMerges } from './merges.ts';

/** Some images of one pass, and where it writes what it makes of them. */
export interface LocallyConnectedShard {
  readonly from: number;
  readonly to: number;
  readonly images: number;
}

/** Where {@link LocallyConnected} keeps what it needs; see {@link allocateLocallyConnected}. */
export interface LocallyConnectedMemory {
  readonly maxImages: number;
  readonly maxShards: number;
  /** The walk of every output pixel, then of each input pixel's gradient. */
  readonly records: number;
  /** A record for each tap of the weight gradient, the same for every output pixel. */
  readonly taps: number;
  readonly zeros: number;
  readonly shards: number;
  readonly packed: number;
  readonly padded: number;
  readonly stack: number;
  /** Bytes from where to where it lies: its own for the run, and what it shares with whatever runs at another time. */
  readonly own: { readonly begin: number; readonly end: number };
  readonly scratch: { readonly begin: number; readonly end: number };
}

/** Along one axis, the taps that meet an input position, last first, and the outputs that they are part of. */
interface Meeting {
  readonly count: number;
  readonly tap: number;
  readonly tapStep: number;
  readonly output: number;
  readonly outputStep: number;
}

/**
 * A convolution whose weights are not shared: each output pixel has its own (Keras's LocallyConnected2D; LeCun 1989). So each
 * pixel is a matrix product over the images, and the weights are read once a pass: all shards go through a pixel before the
 * next. No groups.
 *
 * Weights are float32 [outputHeight][outputWidth][kernelHeight][kernelWidth][inChannels][outChannels]. What an image gives
 * does not depend on the others. Every method throws KernelError `KERNEL_POINTER` for a region outside the memory and
 * `KERNEL_ARGUMENT` for more images or shards than there is memory for, before it writes anything.
 */
export class LocallyConnected {
  readonly geometry: ConvolutionGeometry;
  readonly #k: Kernels;
  readonly #memory: LocallyConnectedMemory;
  readonly #rows: readonly Meeting[];
  readonly #columns: readonly Meeting[];
  /** Values that an output is a sum over. */
  readonly #depth: number;

  constructor(kernels: Kernels, geometry: ConvolutionGeometry, memory: LocallyConnectedMemory) {
    const { shape, outputHeight, outputWidth } = geometry;
    checkInteger('locallyConnected: groups', geometry.groups, 1, 1);
    for (const { begin, end } of [memory.own, memory.scratch]) {
      kernels.check('locallyConnected: memory', begin, (end - begin) / 4);
    }
    this.geometry = geometry;
    this.#k = kernels;
    this.#memory = memory;
    this.#depth = shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels;
    this.#rows = meetings(shape.height, outputHeight, geometry, 0);
    this.#columns = meetings(shape.width, outputWidth, geometry, 1);
    writeWalks(kernels, this.#walks(), memory.records, memory.stack);
    const { tapRowStep, tapColumnStep } = geometry.forward;
    const only = { begin: 0, end: 1 };
    const taps = tapsOf(geometry).map(([row, column]) => ({ offset: row * tapRowStep + column * tapColumnStep }));
    writeTaps(
      kernels,
      taps.map((tap) => ({ ...tap, rows: only, columns: only })),
      memory.taps,
    );
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + zeroFloats(geometry.shape));
  }

  /**
   * y[pixel] = the pixel's taps of x times the pixel's weights + bias.
   *
   * @param shards from float32 [images][height][width][inChannels] to float32 [images][outputHeight][outputWidth][outChannels]
   * @param bias float32 [outputHeight][outputWidth][outChannels], or 0 for none
   */
  forward(shards: readonly LocallyConnectedShard[], weight: number, bias: number): void {
    this.#check(shards, weight, this.#inputFloats(), this.#outputFloats(), 'to');
    if (bias !== 0) this.#k.check('locallyConnected: bias', bias, this.#outputFloats());
    const { shape, border } = this.geometry;
    const { outChannels } = shape;
    const { records, packed, zeros } = this.#memory;
    let padded = this.#memory.padded;
    const sources = shards.map(({ from, images }) => {
      const size = [shape.height, shape.width, shape.inChannels] as const;
      const source = padImages(this.#k, from, padded, images, size, border);
      padded += images * borderFloats(...size, border) * 4;
      return source;
    });
    this.#eachOutput((pixel, xOffset) => {
      const at = pixel * outChannels * 4;
      this.#k.wasm.packWeights(weight + at * this.#depth, packed, this.#depth, outChannels, outChannels);
      shards.forEach(({ to, images }, i) => {
        const from = sources[i]! + xOffset;
        this.#k.wasm.convolve(
          records,
          from,
          packed,
          bias === 0 ? zeros : bias + at,
          to + at,
          images,
          this.#depth,
          outChannels,
          Number.NEGATIVE_INFINITY,
        );
      });
    });
  }

  /**
   * dx[pixel] = Σ dy times weight over the outputs that the pixel is in, one sum each.
   *
   * @param shards from float32 [images][outputHeight][outputWidth][outChannels] to float32 [images][height][width][inChannels]
   */
  inputGradient(shards: readonly LocallyConnectedShard[], weight: number): void {
    this.#check(shards, weight, this.#outputFloats(), this.#inputFloats(), 'to');
    const { shape, outputWidth } = this.geometry;
    const { inChannels, outChannels, kernelSize } = shape;
    const { records, packed, zeros } = this.#memory;
    const area = kernelSize[0] * kernelSize[1];
    let pixel = 0;
    for (const row of this.#rows) {
      for (const column of this.#columns) {
        const output = row.output * outputWidth + column.output;
        const depth = row.count * column.count * outChannels;
        // Weights are [output][tap]; a step along the taps is one along both. The kernel of a column is one wide to it.
        if (depth > 0) {
          this.#k.wasm.packTransposed(
            weight,
            packed,
            output * area + row.tap * kernelSize[1] + column.tap,
            row.tapStep * kernelSize[1] - row.outputStep * outputWidth * area,
            row.count,
            0,
            column.tapStep - column.outputStep * area,
            column.count,
            1,
            inChannels,
            outChannels,
            inChannels,
          );
        }
        const record = records + (1 + pixel) * walkInts * 4;
        for (const { from, to, images } of shards) {
          const at = to + pixel * inChannels * 4;
          this.#k.wasm.convolve(
            record,
            from + output * outChannels * 4,
            packed,
            zeros,
            at,
            images,
            depth,
            inChannels,
            Number.NEGATIVE_INFINITY,
          );
        }
        pixel++;
      }
    }
  }

  /**
   * dweight[pixel] = Σ the pixel's taps of x times dy, over a subtree of shards, whose sums are added in the order of the
   * tree. Zeros for no shards.
   *
   * @param dweight float32, laid out as the weights
   * @throws KernelError `KERNEL_ARGUMENT` also if the shards' merges are no tree
   */
  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    const ends = shards.map(({ x, dy, images }) => ({ from: x, to: dy, images }));
    this.#check(ends, dweight, this.#inputFloats(), this.#outputFloats(), 'weight');
    checkMerges(
      'locallyConnected',
      shards.map(({ merges }) => merges),
      stackEntries(this.#memory.maxShards),
    );
    const { outChannels } = this.geometry.shape;
    const { records, taps: tapRecords, shards: shardRecords, padded } = this.#memory;
    const tapCount = tapsOf(this.geometry).length;
    writeShards(this.#k, this.geometry, shards, shardRecords, padded);
    const { i32 } = this.#k;
    const first = shards.map((_, i) => i32.slice(shardRecords / 4 + i * 4, shardRecords / 4 + i * 4 + 2));
    this.#eachOutput((pixel, xOffset) => {
      const at = pixel * outChannels * 4;
      first.forEach(([x, dy], i) => {
        i32[shardRecords / 4 + i * 4] = x! + xOffset;
        i32[shardRecords / 4 + i * 4 + 1] = dy! + at;
      });
      this.#k.wasm.convolutionWeightGradient(
        records,
        tapRecords,
        tapCount,
        0,
        1,
        blockImages,
        shardRecords,
        shards.length,
        dweight + at * this.#depth,
        outChannels,
      );
    });
  }

  /** @param run with each output pixel, and the byte offset of its first tap in a picture with its border */
  #eachOutput(run: (pixel: number, xOffset: number) => void): void {
    const { outputHeight, outputWidth, forward } = this.geometry;
    const xRow = outputWidth * forward.xPixel + forward.xRowJump;
    for (let pixel = 0; pixel < outputHeight * outputWidth; pixel++) {
      run(pixel, Math.floor(pixel / outputWidth) * xRow + (pixel % outputWidth) * forward.xPixel);
    }
  }

  /** One pixel of image after image: the walk of all output pixels, then that of each input pixel's gradient. */
  #walks(): Walk[] {
    const { forward, outputHeight, outputWidth, shape } = this.geometry;
    const xRow = outputWidth * forward.xPixel + forward.xRowJump;
    const xImage = outputHeight * xRow + forward.xImageJump;
    const yImage = this.#outputFloats() * 4;
    const pixel = { outputWidth: 1, outputHeight: 1, xRowJump: 0, xImageJump: 0, yRowJump: 0, yImageJump: 0 };
    const dyPixel = shape.outChannels * 4;
    const gradient = { ...pixel, xPixel: yImage, yPixel: this.#inputFloats() * 4 };
    return [
      { ...forward, ...pixel, xPixel: xImage, yPixel: yImage },
      ...this.#rows.flatMap((row) =>
        this.#columns.map((column) => ({
          ...gradient,
          ...taps(
            row.count,
            row.outputStep * outputWidth * dyPixel,
            column.count,
            column.outputStep * dyPixel,
            dyPixel,
          ),
        })),
      ),
    ];
  }

  /** @param written what the pass writes */
  #check(
    shards: readonly LocallyConnectedShard[],
    weight: number,
    fromFloats: number,
    toFloats: number,
    written: 'to' | 'weight',
  ): void {
    const weights = { pointer: weight, elements: this.#outputFloats() * this.#depth };
    this.#k.check('locallyConnected: weight', weight, weights.elements);
    checkInteger('locallyConnected: shards', shards.length, 0, this.#memory.maxShards);
    for (const { from, to, images } of shards) {
      checkInteger('locallyConnected: images', images, 0, this.#memory.maxImages);
      this.#k.check('locallyConnected: input', from, images * fromFloats);
      this.#k.check('locallyConnected: output', to, images * toFloats);
      const input = { pointer: from, elements: images * fromFloats };
      const output = { pointer: to, elements: images * toFloats };
      if (written === 'to') checkApart('locallyConnected', output, { input, weight: weights });
      else checkApart('locallyConnected', weights, { x: input, dy: output });
    }
  }

  #inputFloats(): number {
    const { height, width, inChannels } = this.geometry.shape;
    return height * width * inChannels;
  }

  #outputFloats(): number {
    return this.geometry.outputHeight * this.geometry.outputWidth * this.geometry.shape.outChannels;
  }
}

/** Images that a weight gradient takes at a time. */
const blockImages = 64;

/** Rows and columns of an output's taps; those of a row that are neighbours in memory are one. */
const tapsOf = ({ forward: { tapRows, tapColumns } }: ConvolutionGeometry): [row: number, column: number][] =>
  Array.from({ length: tapRows * tapColumns }, (_, tap) => [Math.floor(tap / tapColumns), tap % tapColumns]);

/** For each input position, in order. */
function meetings(size: number, outputs: number, { shape }: ConvolutionGeometry, axis: 0 | 1): Meeting[] {
  const [kernel, stride] = [shape.kernelSize[axis], shape.stride[axis]];
  const [padding, dilation] = [shape.padding[axis], shape.dilation[axis]];
  return Array.from({ length: size }, (_, at) => {
    const met = Array.from({ length: kernel }, (_, i) => kernel - 1 - i)
      .map((tap) => ({ tap, output: (at + padding - dilation * tap) / stride }))
      .filter(({ output }) => Number.isInteger(output) && output >= 0 && output < outputs);
    const [first = { tap: 0, output: 0 }, second = first] = met;
    const steps = { tapStep: first.tap - second.tap, outputStep: second.output - first.output };
    return { count: met.length, ...first, ...steps };
  });
}

/**
 * Lays out a locally connected layer's memory: `own` for what lasts as long as it does, `scratch` for what a call leaves behind.
 *
 * @param maxImages the most images of a shard
 * @param maxShards the most shards of a call
 */
export function allocateLocallyConnected(
  kernels: Pick<Kernels, 'wasm'>,
  geometry: ConvolutionGeometry,
  maxImages: number,
  maxShards: number,
  own: Allocator,
  scratch: Allocator,
): LocallyConnectedMemory {
  const { shape, border } = geometry;
  const { height, width, inChannels, outChannels } = shape;
  const area = shape.kernelSize[0] * shape.kernelSize[1];
  checkInteger('locallyConnected: maxImages', maxImages, 0);
  checkInteger('locallyConnected: maxShards', maxShards, 0);
  const begin = { own: own.bytes(0), scratch: scratch.bytes(0) };
  const parts = {
    records: own.floats((1 + height * width) * walkInts),
    taps: own.floats(tapsOf(geometry).length * tapInts),
    zeros: own.floats(zeroFloats(geometry.shape)),
    shards: own.floats(maxShards * 4),
    packed: scratch.floats(
      Math.max(packedFloats(area * inChannels, outChannels), packedFloats(area * outChannels, inChannels)),
    ),
    padded: scratch.floats(maxShards * maxImages * borderFloats(height, width, inChannels, border)),
    stack: scratch.bytes(kernels.wasm.weightGradientScratchBytes(stackEntries(maxShards))),
  };
  return {
    maxImages,
    maxShards,
    ...parts,
    own: { begin: begin.own, end: own.bytes(0) },
    scratch: { begin: begin.scratch, end: scratch.bytes(0) },
  };
}
