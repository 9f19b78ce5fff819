import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { expectClose, roundoff } from '../testing/expect-close.ts';
import { allocateConvolution, Convolution } from './convolution.ts';
import { convolutionAlgorithm, directAlgorithms } from './convolution-algorithm.ts';
import { type ConvolutionShape, convolutionGeometry } from './convolution-geometry.ts';

const shapeOf = (inChannels: number, outChannels: number): ConvolutionShape => ({
  height: 2,
  width: 2,
  inChannels,
  outChannels,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
});
const algorithms = { ...directAlgorithms, forward: 'karatsuba', inputGradient: 'karatsuba' } as const;
const absolute = (values: ArrayLike<number>): number[] => Array.from(values, Math.abs);

/** Sums of pixels and differences of weights are up to four times as large as they are: 10 roundoffs of the largest sum of magnitudes have not been seen. */
const bound = (magnitudes: readonly number[]): number => 10 * roundoff * Math.max(...magnitudes);

function check(shape: ConvolutionShape, images: number, seed: number, least = Number.NEGATIVE_INFINITY): void {
  const { inChannels, outChannels } = shape;
  const [x, dy] = [pseudoRandom(images * 4 * inChannels, seed), pseudoRandom(images * 4 * outChannels, seed + 1)];
  const weight = pseudoRandom(9 * inChannels * outChannels, seed + 2);
  const bias = pseudoRandom(outChannels, seed + 3);
  const y = reference.convolutionForward(shape, images, x, weight, bias).map((value) => Math.max(value, least));
  const dx = reference.convolutionInputGradient(shape, images, dy, weight);
  const yBound = bound(reference.convolutionForward(shape, images, absolute(x), absolute(weight), absolute(bias)));
  const dxBound = bound(reference.convolutionInputGradient(shape, images, absolute(dy), absolute(weight)));
  onEveryBuild(
    (arena) => {
      const geometry = convolutionGeometry(shape);
      const memory = arena.layOut((allocator) =>
        allocateConvolution(arena.k, geometry, images + 1, 1, allocator, allocator, algorithms),
      );
      const convolution = new Convolution(arena.k, geometry, images + 1, memory);
      const [xAt, weightAt, biasAt, dyAt] = [arena.put(x), arena.put(weight), arena.put(bias), arena.put(dy)];
      const [yAt, dxAt] = [arena.output(y.length), arena.output(dx.length)];
      arena.run(() => {
        convolution.packForward(weightAt);
        convolution.forward(xAt, biasAt, yAt, images, least);
        convolution.packInputGradient(weightAt);
        convolution.inputGradient(dyAt, dxAt, images);
      });
      expectClose(`${arena.build} forward`, arena.floats(yAt, y.length), y, yBound);
      expectClose(`${arena.build} input gradient`, arena.floats(dxAt, dx.length), dx, dxBound);
    },
    weight.length > 2 ** 14 ? 2 ** 24 : undefined,
  );
}

describe("Karatsuba's convolution", () => {
  it('agrees with the reference on any shape that it takes', () => {
    const channels = fc.integer({ min: 1, max: 6 }).map((eights) => eights * 8);
    const run = (from: number, to: number, images: number, seed: number) => check(shapeOf(from, to), images, seed);
    const images = fc.integer({ min: 1, max: 14 });
    fc.assert(fc.property(channels, channels, images, fc.nat(1000), run), { seed: 5, numRuns: 20 });
  });

  it.each<[string, ConvolutionShape]>([
    ['output', shapeOf(4800, 24)],
    ['input', shapeOf(40, 520)],
  ])('agrees with the reference: slices of %s channels', (_, shape) => check(shape, 1, 7));

  it('has no output below the least', () => check(shapeOf(16, 24), 3, 9, 0));

  it('gives an image the same bits alone and in a batch', () => {
    const [x, weight] = [pseudoRandom(7 * 4 * 16, 1), pseudoRandom(9 * 16 * 24, 2)];
    onEveryBuild((arena) => {
      const geometry = convolutionGeometry(shapeOf(16, 24));
      const memory = arena.layOut((allocator) =>
        allocateConvolution(arena.k, geometry, 7, 1, allocator, allocator, algorithms),
      );
      const convolution = new Convolution(arena.k, geometry, 7, memory);
      const [xAt, weightAt] = [arena.put(x), arena.put(weight)];
      const [together, alone] = [arena.output(7 * 96), arena.output(7 * 96)];
      convolution.packForward(weightAt);
      convolution.forward(xAt, 0, together, 7);
      for (let n = 0; n < 7; n++) convolution.forward(xAt + n * 64 * 4, 0, alone + n * 96 * 4, 1);
      expect(arena.integers(alone, 7 * 96)).toEqual(arena.integers(together, 7 * 96));
    });
  });

  it('is chosen where there are channels enough, but not for the weight gradient, and not against a wish', () => {
    const geometry = convolutionGeometry(shapeOf(64, 72));
    expect(convolutionAlgorithm(geometry)).toEqual(algorithms);
    expect(convolutionAlgorithm(geometry, 'direct')).toEqual(directAlgorithms);
    expect(convolutionAlgorithm(convolutionGeometry(shapeOf(64, 56)))).toEqual(directAlgorithms);
  });

  it('is refused for other shapes, and for a weight gradient', () => {
    onEveryBuild((arena) => {
      const allocate = (shape: ConvolutionShape, chosen: Parameters<typeof allocateConvolution>[6]) =>
        arena.layOut((allocator) =>
          allocateConvolution(arena.k, convolutionGeometry(shape), 1, 1, allocator, allocator, chosen),
        );
      const refusal = expect.objectContaining({ code: 'KERNEL_ARGUMENT' });
      expect(() => allocate({ ...shapeOf(8, 8), height: 3 }, algorithms)).toThrow(refusal);
      expect(() => allocate(shapeOf(8, 12), algorithms)).toThrow(refusal);
      expect(() => allocate(shapeOf(8, 8), { ...algorithms, weightGradient: 'karatsuba' })).toThrow(refusal);
    });
  });
});
