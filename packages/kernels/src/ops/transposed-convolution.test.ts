import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { arenaOf, onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import { allocateConvolution, Convolution } from './convolution.ts';
import { convolutionAlgorithm } from './convolution-algorithm.ts';
import { type ConvolutionShape, convolutionGeometry } from './convolution-geometry.ts';
import { TransposedConvolution, transposedOutputSize } from './transposed-convolution.ts';

/** Compares all passes with the references, in every build. `shape` is that of the convolution which is transposed. */
function check(shape: ConvolutionShape, seed: number): void {
  const images = 3;
  const geometry = convolutionGeometry(shape);
  const xImage = geometry.outputHeight * geometry.outputWidth * shape.outChannels;
  const yImage = shape.height * shape.width * shape.inChannels;
  const x = pseudoRandom(images * xImage, seed);
  const dy = pseudoRandom(images * yImage, seed + 1);
  const weight = pseudoRandom(
    shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels * shape.outChannels,
    seed + 2,
  );
  const bias = pseudoRandom(shape.inChannels, seed + 3);
  // Inputs are below 1 in magnitude, and no sum has more terms than this; Winograd's rounding is larger.
  const terms = weight.length + images * Math.max(xImage, yImage) + 2;
  const bound = terms * roundoff * (convolutionAlgorithm(geometry).forward === 'winograd' ? 16 : 1);
  onEveryBuild((arena) => {
    const memory = arena.layOut((allocator) => allocateConvolution(arena.k, geometry, images, 2, allocator, allocator));
    const transposed = new TransposedConvolution(arena.k, new Convolution(arena.k, geometry, images, memory));
    const [xAt, dyAt, weightAt, biasAt] = [arena.put(x), arena.put(dy), arena.put(weight), arena.put(bias)];
    const [y, plain, dx] = [arena.output(dy.length), arena.output(dy.length), arena.output(x.length)];
    const dweight = arena.output(weight.length);
    arena.run(() => {
      transposed.packForward(weightAt);
      transposed.forward(xAt, biasAt, y, images);
      transposed.forward(xAt, 0, plain, images);
      transposed.packInputGradient(weightAt);
      transposed.inputGradient(dyAt, dx, images);
      const shards = [
        { x: xAt, dy: dyAt, images: 1, merges: 0 },
        { x: xAt + xImage * 4, dy: dyAt + yImage * 4, images: 2, merges: 1 },
      ];
      transposed.weightGradient(shards, dweight);
    });
    const none = new Array<number>(bias.length).fill(0);
    const expected = reference.transposedConvolutionForward(shape, images, x, weight, bias);
    expectClose('y', arena.floats(y, dy.length), expected, bound);
    const unbiased = reference.transposedConvolutionForward(shape, images, x, weight, none);
    expectClose('y without bias', arena.floats(plain, dy.length), unbiased, bound);
    const gradient = reference.transposedConvolutionInputGradient(shape, images, dy, weight);
    expectClose('dx', arena.floats(dx, x.length), gradient, bound);
    const weightGradient = reference.transposedConvolutionWeightGradient(shape, images, x, dy);
    expectClose('dweight', arena.floats(dweight, weight.length), weightGradient, bound);
  });
}

const shapeOf = (
  height: number,
  width: number,
  inChannels: number,
  outChannels: number,
  rest: Partial<ConvolutionShape> = {},
): ConvolutionShape => ({
  height,
  width,
  inChannels,
  outChannels,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  ...rest,
});

describe('reference', () => {
  it('adds kernels where they overlap', () => {
    // Two pixels, stride 2, a kernel of 3: [10·k, 20·k] overlap in one pixel.
    const shape = shapeOf(1, 5, 1, 1, { kernelSize: [1, 3], stride: [1, 2], padding: [0, 0] });
    expect(reference.transposedConvolutionForward(shape, 1, [10, 20], [1, 2, 3], [0.5])).toEqual([
      10.5, 20.5, 50.5, 40.5, 60.5,
    ]);
  });

  it('has gradients that central differences agree with', () => {
    const shape = shapeOf(5, 6, 2, 3, { stride: [2, 2] });
    const { outputHeight, outputWidth } = convolutionGeometry(shape);
    const x = [...pseudoRandom(2 * outputHeight * outputWidth * 3, 1)];
    const weight = [...pseudoRandom(9 * 2 * 3, 2)];
    const dy = pseudoRandom(2 * 5 * 6 * 2, 3);
    const loss = (input: readonly number[], kernel: readonly number[]): number =>
      dot(reference.transposedConvolutionForward(shape, 2, input, kernel, [1, 2]), dy);
    const dx = centralDifferences(x, (input) => loss(input, weight), 0.5);
    expectClose('dx', reference.transposedConvolutionInputGradient(shape, 2, dy, weight), dx, 1e-12);
    const dweight = centralDifferences(weight, (kernel) => loss(x, kernel), 0.5);
    expectClose('dweight', reference.transposedConvolutionWeightGradient(shape, 2, x, dy), dweight, 1e-12);
  });
});

describe('a transposed convolution', () => {
  it.each<[string, ConvolutionShape]>([
    ['one pixel', shapeOf(1, 1, 1, 1, { kernelSize: [1, 1], padding: [0, 0] })],
    ['3×3', shapeOf(5, 4, 3, 17)],
    ['stride 2, as decoders have it', shapeOf(8, 6, 5, 4, { kernelSize: [4, 4], stride: [2, 2] })],
    ['an output that no x reaches', shapeOf(7, 8, 3, 5, { kernelSize: [2, 1], stride: [3, 2], padding: [0, 0] })],
    ['dilation', shapeOf(7, 6, 2, 3, { dilation: [2, 3], padding: [2, 3] })],
  ])('agrees with the reference: %s', (_, shape) => check(shape, 3));

  it("agrees with the reference by Winograd's kernels", () => {
    const shape = shapeOf(8, 8, 16, 24);
    expect(convolutionAlgorithm(convolutionGeometry(shape)).weightGradient).toBe('winograd');
    check(shape, 3);
  });

  it('agrees with the reference on any shape', () => {
    const pair = (minimum: number, maximum: number) =>
      fc.tuple(fc.integer({ min: minimum, max: maximum }), fc.integer({ min: minimum, max: maximum }));
    fc.assert(
      fc.property(
        fc.constantFrom([1, 1], [3, 5], [17, 2], [4, 8]),
        pair(1, 7),
        pair(1, 4),
        pair(1, 3),
        pair(0, 3),
        pair(1, 2),
        fc.nat(99),
        ([to, from], [height, width], kernelSize, stride, padding, dilation, seed) => {
          const fits = (size: number, axis: 0 | 1) =>
            size + 2 * padding[axis] > dilation[axis] * (kernelSize[axis] - 1);
          fc.pre(fits(height, 0) && fits(width, 1));
          check(shapeOf(height, width, to!, from!, { kernelSize, stride, padding, dilation }), seed);
        },
      ),
      { numRuns: 25, seed: 4 },
    );
  });

  it('has the output sizes of PyTorch', () => {
    expect(transposedOutputSize(7, 3, 2, 1, 1, 0)).toBe(13);
    expect(transposedOutputSize(7, 3, 2, 1, 1, 1)).toBe(14);
    expect(transposedOutputSize(4, 3, 1, 0, 2, 0)).toBe(8);
    expect(() => transposedOutputSize(7, 3, 2, 1, 1, 2)).toThrow(
      'convTranspose2d: outputPadding, which is less than the stride: expected an integer in [0, 1], got 2',
    );
  });

  it('refuses a bias outside the memory, and more images than there is memory for', () => {
    const arena = arenaOf('default');
    const geometry = convolutionGeometry(shapeOf(2, 2, 1, 1));
    const memory = arena.layOut((allocator) => allocateConvolution(arena.k, geometry, 1, 1, allocator, allocator));
    const transposed = new TransposedConvolution(arena.k, new Convolution(arena.k, geometry, 1, memory));
    const [x, y] = [arena.output(4), arena.output(4)];
    expect(() => transposed.forward(x, 2 ** 30, y, 1)).toThrow('convTranspose2d: bias: expected 1 elements');
    expect(() => transposed.forward(x, 0, y, 2)).toThrow('images: expected an integer in [0, 1], got 2');
  });
});
