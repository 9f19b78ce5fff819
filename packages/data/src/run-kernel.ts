import { Allocator, createMemory, Kernels, kernelModule, normalise as normaliseKernel } from '@lockstep/kernels';
import { copyBytes, type Image, type ImageShape } from './image.ts';

/**
 * The kernels of this thread that work on pictures, over a memory of their own. WebAssembly reaches no other, so that a picture
 * from elsewhere is copied in, and a result for elsewhere out: some microseconds for 224×224×3, little beside most operations.
 * The memory is made at the first use, and made anew where a picture does not fit.
 */
let kernels: Kernels | undefined;

/** Bytes of the memory that {@link kernels} may use. */
let room = 0;

/** The first byte that no region of {@link withKernelMemory} has. The kernels' own data ends before, the same in all builds. */
let free = 1024;

/**
 * Lends regions of the kernels' memory, for what goes from one operation to the next: kernels take pictures that are there from
 * where they are, and write results to where they belong.
 *
 * @param lengths bytes of each
 * @param use gets them, with whatever was there before, until it returns
 */
export function withKernelMemory<T>(lengths: readonly number[], use: (regions: readonly Uint8Array[]) => T): T {
  const before = free;
  const layout = new Allocator(free);
  const pointers = lengths.map((length) => layout.bytes(length));
  const { u8 } = kernelsWith(layout.end);
  free = layout.end;
  try {
    return use(pointers.map((pointer, i) => u8.subarray(pointer, pointer + lengths[i]!)));
  } finally {
    free = before;
  }
}

/**
 * Runs kernels that make `output` of `image`.
 *
 * @param scratchBytes what they need besides, aligned to 64 bytes
 * @param kernel gets the kernels, and pointers to the bytes of the input, of the output and of the scratch. It writes all of
 *   the output, and leaves the input as it is
 * @param place where the output is: apart from the input, or `anywhere`: also in its place, which is not smaller, since less
 *   memory is faster
 */
export function runKernel(
  image: Image,
  output: Image,
  scratchBytes: number,
  kernel: (k: Kernels, x: number, y: number, scratch: number) => void,
  place: 'apart' | 'anywhere' = 'apart',
): void {
  const layout = new Allocator(free);
  const from = layout.bytes(image.data.length);
  const to = place === 'anywhere' ? from : layout.bytes(output.data.length);
  const scratch = layout.bytes(scratchBytes);
  const k = kernelsWith(layout.end);
  const x = placeOf(image.data, k);
  const y = placeOf(output.data, k);
  if (x === undefined) copyBytes(image.data, 0, k.u8, from, image.data.length);
  kernel(k, x ?? from, y ?? to, scratch);
  if (y === undefined) copyBytes(k.u8, to, output.data, 0, output.data.length);
}

/** The pointer to bytes that are in the kernels' memory already. */
function placeOf(data: Uint8Array, { u8 }: Kernels): number | undefined {
  return data.buffer === u8.buffer ? data.byteOffset : undefined;
}

/**
 * Writes what tables make of the bytes of a picture to `out`, from `offset` on.
 *
 * @param begin of the picture in `images`
 * @param tables [channels × 256], as `normalisationTable` makes them
 */
export function normalise(
  images: Uint8Array,
  begin: number,
  { height, width, channels }: ImageShape,
  tables: Float32Array,
  out: Float32Array,
  offset: number,
): void {
  const pixels = height * width;
  const values = pixels * channels;
  const layout = new Allocator(free);
  const [from, y, at] = [layout.bytes(values), layout.bytes(4 * values), layout.bytes(4 * tables.length)];
  const k = kernelsWith(layout.end);
  const there = placeOf(images, k);
  if (there === undefined) copyBytes(images, begin, k.u8, from, values);
  k.f32.set(tables, at / 4);
  normaliseKernel(k, there === undefined ? from : there + begin, at, y, pixels, channels);
  out.set(k.f32.subarray(y / 4, y / 4 + values), offset);
}

/** The kernels of this thread, over a memory of at least `bytes`, which holds anything. */
export function kernelsWith(bytes: number): Kernels {
  if (kernels !== undefined && bytes <= room) return kernels;
  // Twice the need, so that pictures that grow little by little do not each get a new one.
  room = 2 * bytes;
  // The kernels for pictures have the same bits in every build, and are no faster in another.
  kernels = new Kernels(kernelModule('default'), createMemory(room));
  return kernels;
}
