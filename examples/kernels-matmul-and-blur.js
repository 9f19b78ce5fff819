/**
 * Multiplies two matrices and blurs an image with nothing but @lockstep/kernels, in plain JavaScript.
 *
 *     node examples/kernels-matmul-and-blur.js
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

// [rows, depth] · [depth, columns]; put() copies values into the memory and returns where they are.
const size = { rows: 2, depth: 2, columns: 2 };
const product = work.floats(4);
const scratch = work.floats(matmulScratchFloats(work.kernels, size));
matmul(work.kernels, work.put([1, 2, 3, 4]), work.put([5, 6, 7, 8]), product, size, scratch);
console.log('[1 2; 3 4] · [5 6; 7 8] =', work.read(product, 4).join(' '));

// The binomial blur of a grey image with one white point, black around it.
const image = new Array(25).fill(0).with(12, 16);
const blur = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((value) => value / 16);
const map = { height: 5, width: 5, inChannels: 1, outChannels: 1 };
const geometry = convolutionGeometry({ ...map, kernelSize: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1] });
const memory = allocateConvolution(work.kernels, geometry, 1, 1, work.allocator, work.allocator);
const convolution = new Convolution(work.kernels, geometry, 1, memory);
const blurred = work.floats(25);
convolution.packForward(work.put(blur));
convolution.forward(work.put(image), 0, blurred, 1);
for (let row = 0; row < 5; row++) console.log(work.read(blurred + row * 5 * 4, 5).join(' '));
