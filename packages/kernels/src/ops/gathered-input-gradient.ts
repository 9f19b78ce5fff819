import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import { type ConvolutionGeometry, inputGradientPhases } from './convolution-geometry.ts';
import { packedFloats, walkInts, writeWalks } from './convolution-passes.ts';
import type { Walk } from './convolution-walks.ts';

/** Where {@link GatheredInputGradient} keeps what it needs. */
export interface GatheredMemory {
  readonly records: number;
  readonly packed: number;
  readonly products: number;
  /** For a partly filled tile. */
  readonly spare: number;
  readonly zeros: number;
}

/**
 * Whether an input gradient is made so: where a pixel of the input is one vector or less. It sums in
 * another order, so it goes by the geometry alone.
 */
export const gathers = ({ shape, groups }: ConvolutionGeometry): boolean =>
  groups === 1 && shape.inChannels <= 4 && shape.outChannels >= 8 && shape.kernelSize[0] * shape.kernelSize[1] > 1;

/** Products of an output pixel: with each tap of each input channel. */
const productsOf = ({ shape }: ConvolutionGeometry): number =>
  shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels;

/**
 * The input gradient of a convolution of few input channels, such as a network's first layer, in two parts, image by image: a matrix
 * product of the output gradient with all taps at once, which fill the register tiles together; then each input pixel adds up what
 * its taps have.
 */
export class GatheredInputGradient {
  readonly #k: Kernels;
  readonly #geometry: ConvolutionGeometry;
  readonly #memory: GatheredMemory;
  /** Bytes from an image's first product, and from its first input pixel, to those of each walk. */
  readonly #places: readonly { readonly xOffset: number; readonly yOffset: number }[];

  constructor(kernels: Kernels, geometry: ConvolutionGeometry, memory: GatheredMemory) {
    this.#k = kernels;
    this.#geometry = geometry;
    this.#memory = memory;
    const walks = gatherWalks(geometry);
    this.#places = walks;
    writeWalks(kernels, [matrixWalk(geometry), ...walks.map(({ walk }) => walk)], memory.records, memory.spare);
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + gatheredZeros(geometry));
  }

  /** The weights [taps][in][out] as one matrix of taps and input channels. */
  pack(weight: number): void {
    const values = productsOf(this.#geometry);
    const { outChannels } = this.#geometry.shape;
    this.#k.wasm.packTransposed(weight, this.#memory.packed, 0, 1, 1, 0, 1, 1, 1, values, outChannels, values);
  }

  run(dy: number, dx: number, images: number): void {
    const { shape, outputHeight, outputWidth } = this.#geometry;
    const { records, packed, products, zeros } = this.#memory;
    const { height, width, inChannels, outChannels } = shape;
    const pixels = outputHeight * outputWidth;
    for (let image = 0; image < images; image++) {
      const from = dy + image * pixels * outChannels * 4;
      const to = dx + image * height * width * inChannels * 4;
      const values = productsOf(this.#geometry);
      this.#k.wasm.convolve(
        records,
        from,
        packed,
        zeros,
        products,
        pixels,
        outChannels,
        values,
        Number.NEGATIVE_INFINITY,
      );
      this.#places.forEach(({ xOffset, yOffset }, i) => {
        this.#k.wasm.gatherTaps(records + (1 + i) * walkInts * 4, products + xOffset, to + yOffset, inChannels);
      });
    }
  }
}

/** Lays out the memory of {@link GatheredInputGradient}. */
export function allocateGathered(geometry: ConvolutionGeometry, own: Allocator, scratch: Allocator): GatheredMemory {
  const { shape, outputHeight, outputWidth } = geometry;
  const values = productsOf(geometry);
  return {
    records: own.floats((1 + gatherWalks(geometry).length) * walkInts),
    packed: own.floats(packedFloats(shape.outChannels, values)),
    zeros: own.floats(gatheredZeros(geometry)),
    // The last product is read in a whole vector.
    products: scratch.floats(outputHeight * outputWidth * values + 4),
    spare: scratch.floats(96),
  };
}

const gatheredZeros = (geometry: ConvolutionGeometry): number => productsOf(geometry) + 16;

/** Of the output gradient's pixels, one after the other, to their products. */
function matrixWalk(geometry: ConvolutionGeometry): Walk {
  const { outChannels } = geometry.shape;
  return {
    outputWidth: 1,
    outputHeight: 1,
    xPixel: outChannels * 4,
    xRowJump: 0,
    xImageJump: 0,
    yPixel: productsOf(geometry) * 4,
    yRowJump: 0,
    yImageJump: 0,
    tapRows: 1,
    tapRowStep: 0,
    tapColumns: 1,
    tapColumnStep: 0,
    run: outChannels * 4,
    weightStart: 0,
    weightRowJump: 0,
  };
}

/** The input pixels that meet the same taps, over the products: from tap to tap a step goes back in the taps, too. */
function gatherWalks(geometry: ConvolutionGeometry) {
  const { shape, outputHeight, outputWidth } = geometry;
  const tap = shape.inChannels * 4;
  const tapRow = shape.kernelSize[1] * tap;
  // A value a tap, so that a zone's first weight says which tap it is.
  const phases = inputGradientPhases(shape, outputHeight, outputWidth, productsOf(geometry), 4);
  return phases.flatMap(({ zones, rows, columns, xOffset: first }) =>
    zones.map(({ walk, xOffset, yOffset }) => {
      const [row, column] = [Math.floor(walk.weightStart / columns.count), walk.weightStart % columns.count];
      return {
        walk: {
          ...walk,
          tapRowStep: walk.tapRowStep - rows.step * tapRow,
          tapColumnStep: walk.tapColumnStep - columns.step * tap,
        },
        xOffset: xOffset + (rows.last - row * rows.step) * tapRow + (columns.last - column * columns.step) * tap,
        yOffset: first + yOffset,
      };
    }),
  );
}
