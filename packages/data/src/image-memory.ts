import { Allocator, createMemory, Kernels, kernelModule, slackBytes } from '@lockstep/kernels';
import { createImage, type Image, type ImageShape } from './image.ts';

/**
 * Memory in which kernels work on pictures. WebAssembly reaches no memory but its own, so a picture that lives elsewhere is
 * copied in, and the result out. That is cheap beside most operations (a copy of 224×224×3 takes some microseconds), so
 * transforms take any picture; who does many operations one after the other, as the loader of samples and `compose` do, keeps
 * its pictures here, and nothing is copied.
 *
 * The size is fixed when it is made; where there is no room, a picture is an ordinary one, and only costs the copies.
 */
export class ImageMemory {
  readonly kernels: Kernels;
  readonly #allocator: Allocator;
  readonly #bytes: number;

  /** @param bytes for pictures and what operations need besides */
  constructor(bytes: number) {
    // The kernels for pictures are the same bits in every build, and no faster in another.
    this.kernels = new Kernels(kernelModule('default'), createMemory(1024 + bytes));
    this.#bytes = this.kernels.memory.buffer.byteLength - slackBytes;
    this.#allocator = new Allocator(this.kernels.heapBase);
    memories.set(this.kernels.memory.buffer, this);
  }

  /** A picture of this shape that lives here, or an ordinary one where there is no room. */
  image(shape: ImageShape): Image {
    const length = shape.height * shape.width * shape.channels;
    if (!this.hasRoom(length)) return createImage(shape);
    const { height, width, channels } = shape;
    const pointer = this.#allocator.bytes(length);
    const data = new Uint8Array(this.kernels.memory.buffer, pointer, length);
    return { data: data.fill(0), height, width, channels };
  }

  /** The first byte behind the pictures. */
  get free(): number {
    return aligned(this.#allocator.end);
  }

  hasRoom(bytes: number): boolean {
    return this.free + bytes <= this.#bytes;
  }
}

/** To find the memory that a picture lives in. Weak: it goes with its last picture. */
const memories = new WeakMap<ArrayBufferLike, ImageMemory>();

/** For pictures that live elsewhere; replaced where one is too large. */
let ofThisThread: ImageMemory | undefined;

const aligned = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** A picture that lives where `neighbour` does, if there is room. */
export function createImageBeside(neighbour: Image, shape: ImageShape): Image {
  return memories.get(neighbour.data.buffer)?.image(shape) ?? createImage(shape);
}

/**
 * Runs kernels that make `output` of `image`.
 *
 * @param scratchBytes what they need besides, aligned to 64 bytes
 * @param kernel gets the kernels, and pointers to the bytes of the input, of the output (whatever it held before) and of the
 *   scratch
 */
export function runKernel(
  image: Image,
  output: Image,
  scratchBytes: number,
  kernel: (k: Kernels, x: number, y: number, scratch: number) => void,
): void {
  const need = aligned(image.data.length) + aligned(output.data.length) + scratchBytes;
  const memory = memoryFor(image, output, need);
  const { kernels } = memory;
  const { buffer } = kernels.memory;
  const [here, there] = [image.data.buffer === buffer, output.data.buffer === buffer];
  const x = here ? image.data.byteOffset : memory.free;
  const y = there ? output.data.byteOffset : memory.free + aligned(image.data.length);
  if (!here) kernels.u8.set(image.data, x);
  kernel(kernels, x, y, memory.free + need - scratchBytes);
  if (!there) output.data.set(kernels.u8.subarray(y, y + output.data.length));
}

function memoryFor(image: Image, output: Image, need: number): ImageMemory {
  const home = memories.get(output.data.buffer) ?? memories.get(image.data.buffer);
  if (home?.hasRoom(need)) return home;
  // Twice the need, so that pictures that grow a little do not each get a new one.
  if (!ofThisThread?.hasRoom(need)) ofThisThread = new ImageMemory(2 * need);
  return ofThisThread;
}
