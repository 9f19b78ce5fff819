import { checkApart, checkInteger, type Kernels } from '../kernels.ts';
import { Allocator } from '../memory.ts';
import { allocateConvolution, Convolution, type ConvolutionMemory } from './convolution.ts';
import { directAlgorithms } from './convolution-algorithm.ts';
import { type ConvolutionGeometry, convolutionGeometry } from './convolution-geometry.ts';

/** c[rows][columns] = a[rows][depth] · b[depth][columns] */
export interface MatmulSize {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
}

/** Floats of scratch that {@link matmul} needs. */
export function matmulScratchFloats(k: Kernels, size: MatmulSize): number {
  const region = new Allocator(0);
  layOut(k, size, region);
  return region.end / 4 + 16; // its beginning is rounded up to 64 bytes
}

/**
 * c = a · b, the product of two matrices in row-major order: a convolution of 1×1 over `rows` images of one pixel. It packs b
 * at each call; for many products with one b, use {@link Convolution} and pack once.
 *
 * @param a float32 [rows][depth]
 * @param b float32 [depth][columns]
 * @param c float32 [rows][columns]; must not overlap the others
 * @param scratch float32 [{@link matmulScratchFloats}]
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function matmul(k: Kernels, a: number, b: number, c: number, size: MatmulSize, scratch: number): void {
  k.check('matmul: scratch', scratch, matmulScratchFloats(k, size));
  const [left, right, product] = [
    { pointer: a, elements: size.rows * size.depth },
    { pointer: b, elements: size.depth * size.columns },
    { pointer: c, elements: size.rows * size.columns },
  ];
  k.check('matmul: a', a, left.elements);
  k.check('matmul: b', b, right.elements);
  k.check('matmul: c', c, product.elements);
  checkApart('matmul', product, { a: left, b: right });
  const { geometry, memory } = layOut(k, size, new Allocator(scratch));
  const convolution = new Convolution(k, geometry, size.rows, memory);
  convolution.packForward(b);
  convolution.forward(a, 0, c, size.rows);
}

function layOut(
  k: Kernels,
  { rows, depth, columns }: MatmulSize,
  region: Allocator,
): { geometry: ConvolutionGeometry; memory: ConvolutionMemory } {
  checkInteger('matmul: rows', rows, 0);
  checkInteger('matmul: depth', depth, 1);
  checkInteger('matmul: columns', columns, 1);
  const geometry = convolutionGeometry({
    height: 1,
    width: 1,
    inChannels: depth,
    outChannels: columns,
    kernelSize: [1, 1],
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
  });
  // No shards: a product has no memory for a weight gradient.
  return { geometry, memory: allocateConvolution(k, geometry, rows, 0, region, region, directAlgorithms, 0) };
}
