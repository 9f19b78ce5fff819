/**
 * Multiplies two matrices and blurs an image with nothing but @lockstep/kernels.
 *
 *     node examples/kernels-matmul-and-blur.ts
 */
import {
  allocateConvolution,
  Convolution,
  convolutionGeometry,
  matmul,
  matmulScratchFloats,
  Workspace,
} from '@lockstep/kernels';

const work = Workspace.create(1 << 20); // a megabyte of memory, and kernels that work in it

/** [rows, depth] · [depth, columns] */
export function multiply(a: number[], b: number[], rows: number, depth: number, columns: number): Float32Array {
  work.clear();
  const size = { rows, depth, columns };
  const c = work.floats(rows * columns);
  matmul(work.kernels, work.put(a), work.put(b), c, size, work.floats(matmulScratchFloats(work.kernels, size)));
  return work.read(c, rows * columns);
}

/** The binomial blur of a grey image, black around it. */
export function blur(image: number[], height: number, width: number): Float32Array {
  work.clear();
  const weight = work.put([1, 2, 1, 2, 4, 2, 1, 2, 1].map((value) => value / 16));
  const geometry = convolutionGeometry({
    height,
    width,
    inChannels: 1,
    outChannels: 1,
    kernelSize: [3, 3],
    stride: [1, 1],
    padding: [1, 1],
    dilation: [1, 1],
  });
  const memory = allocateConvolution(work.kernels, geometry, 1, 1, work.allocator, work.allocator);
  const convolution = new Convolution(work.kernels, geometry, 1, memory);
  const y = work.floats(height * width);
  convolution.packForward(weight);
  convolution.forward(work.put(image), 0, y, 1);
  return work.read(y, height * width);
}

if (import.meta.main) {
  console.log('[1 2; 3 4] · [5 6; 7 8] =', multiply([1, 2, 3, 4], [5, 6, 7, 8], 2, 2, 2).join(' '));
  const point = new Array<number>(25).fill(0).with(12, 16);
  const blurred = blur(point, 5, 5);
  for (let row = 0; row < 5; row++) console.log(blurred.subarray(row * 5, row * 5 + 5).join(' '));
}
