import { Allocator, createMemory, Kernels, kernelModule, normalise as normaliseKernel } from '@lockstep/kernels';
import { copyBytes, type Image, type ImageShape } from './image.ts';

/**
 * The kernels of this thread that work on pictures, over a memory of their own. WebAssembly reaches no other, so that a
 * picture is copied in, and the result out: some microseconds for 224×224×3, little beside most operations, and transforms
 * take pictures from anywhere. The memory is made at the first use, and made anew where a picture does not fit.
 */
let kernels: Kernels | undefined;

/** Bytes of the memory that {@link kernels} may use. */
let room = 0;

/**
 * Runs kernels that make `output` of `image`.
 *
 * @param scratchBytes what they need besides, aligned to 64 bytes
 * @param kernel gets the kernels, and pointers to the bytes of the input, of the output and of the scratch. It writes all of
 *   the output
 * @param place where the output is: apart from the input; apart, and what the picture `output` holds is kept where the kernel
 *   does not write (`keep`); or in the place of the input, which is not smaller, since less memory is faster (`same`)
 */
export function runKernel(
  image: Image,
  output: Image,
  scratchBytes: number,
  kernel: (k: Kernels, x: number, y: number, scratch: number) => void,
  place: 'apart' | 'keep' | 'same' = 'apart',
): void {
  // The kernels' own data ends before: the same in all builds.
  const layout = new Allocator(1024);
  const x = layout.bytes(image.data.length);
  const y = place === 'same' ? x : layout.bytes(output.data.length);
  const scratch = layout.bytes(scratchBytes);
  const k = kernelsWith(layout.end);
  copyBytes(image.data, 0, k.u8, x, image.data.length);
  if (place === 'keep') copyBytes(output.data, 0, k.u8, y, output.data.length);
  kernel(k, x, y, scratch);
  copyBytes(k.u8, y, output.data, 0, output.data.length);
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
  const layout = new Allocator(1024);
  const [x, y, at] = [layout.bytes(values), layout.bytes(4 * values), layout.bytes(4 * tables.length)];
  const k = kernelsWith(layout.end);
  copyBytes(images, begin, k.u8, x, values);
  k.f32.set(tables, at / 4);
  normaliseKernel(k, x, at, y, pixels, channels);
  out.set(k.f32.subarray(y / 4, y / 4 + values), offset);
}

function kernelsWith(bytes: number): Kernels {
  if (kernels !== undefined && bytes <= room) return kernels;
  // Twice the need, so that pictures that grow little by little do not each get a new one.
  room = 2 * bytes;
  // The kernels for pictures have the same bits in every build, and are no faster in another.
  kernels = new Kernels(kernelModule('default'), createMemory(room));
  return kernels;
}
