import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';

/** Output channels of the kernel's tile; fewer leave some unused. */
const tileChannels = 6;

/** Where {@link PixelLanesForward} keeps what it needs. */
export interface PixelLanesMemory {
  readonly record: number;
  readonly packed: number;
  readonly zeros: number;
  /** An image with its border, and a tile. */
  readonly padded: number;
  readonly tile: number;
}

/** Whether a forward pass is made so: of one channel to few, over rows of a tile at least. */
export const goesByPixelLanes = ({ shape, groups, outputWidth }: ConvolutionGeometry): boolean =>
  groups === 1 &&
  shape.inChannels === 1 &&
  shape.outChannels <= tileChannels &&
  [...shape.stride, ...shape.dilation].every((step) => step === 1) &&
  outputWidth >= 12;

/** Floats of a row of an image with its border: whole tiles of pixels, and the taps beyond. */
const paddedWidth = ({ shape, outputWidth }: ConvolutionGeometry): number =>
  Math.ceil(outputWidth / mostPixels) * mostPixels + Math.ceil(shape.kernelSize[1] / 4) * 4;
/** Pixels of the widest tile of all builds. */
const mostPixels = 16;

/**
 * The forward pass of a convolution of one channel to few, such as LeNet's first layer, with pixels in the lanes: each output is
 * the same sum, in the order of the taps.
 */
export class PixelLanesForward {
  readonly #k: Kernels;
  readonly #geometry: ConvolutionGeometry;
  readonly #memory: PixelLanesMemory;

  constructor(kernels: Kernels, geometry: ConvolutionGeometry, memory: PixelLanesMemory) {
    const { shape, outputHeight, outputWidth } = geometry;
    this.#k = kernels;
    this.#geometry = geometry;
    this.#memory = memory;
    kernels.i32.set(
      [
        shape.height,
        shape.width,
        ...shape.padding,
        ...shape.kernelSize,
        outputHeight,
        outputWidth,
        shape.outChannels,
        memory.padded,
        paddedWidth(geometry),
        memory.tile,
      ],
      memory.record / 4,
    );
    kernels.f32.fill(0, memory.zeros / 4, memory.zeros / 4 + tileChannels);
  }

  /** The weights [taps][out] in rows of a tile's channels. */
  pack(weight: number): void {
    const { kernelSize, outChannels } = this.#geometry.shape;
    for (let tap = 0; tap < kernelSize[0] * kernelSize[1]; tap++) {
      const from = weight / 4 + tap * outChannels;
      this.#k.f32.copyWithin(this.#memory.packed / 4 + tap * tileChannels, from, from + outChannels);
    }
  }

  run(x: number, bias: number, y: number, images: number, least: number): void {
    const { record, packed, zeros } = this.#memory;
    this.#k.wasm.pixelLanesConvolve(record, x, packed, bias || zeros, y, images, least);
  }
}

/** Lays out the memory of {@link PixelLanesForward}. */
export function allocatePixelLanes(
  geometry: ConvolutionGeometry,
  own: Allocator,
  scratch: Allocator,
): PixelLanesMemory {
  const [rows, columns] = geometry.shape.kernelSize;
  return {
    record: own.floats(12),
    packed: own.floats(rows * columns * tileChannels),
    zeros: own.floats(tileChannels + 2),
    padded: scratch.floats((geometry.outputHeight + rows - 1) * paddedWidth(geometry) + mostPixels),
    tile: scratch.floats(tileChannels * mostPixels),
  };
}
