import { describe, expect, it } from 'vitest';
import { kernelBuilds } from '../module.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import { Arena } from '../testing/arena.ts';
import { allocateConvolution, Convolution } from './convolution.ts';
import type { ConvolutionAlgorithms } from './convolution-algorithm.ts';
import { type ConvolutionShape, convolutionGeometry } from './convolution-geometry.ts';

/** Output and input gradient of a convolution, packed before its calls or within them. */
function passes(
  arena: Arena,
  shape: ConvolutionShape,
  images: number,
  algorithms: ConvolutionAlgorithms,
  packsWithin: boolean,
): Float32Array[] {
  const geometry = convolutionGeometry(shape);
  const { height, width, inChannels, outChannels, kernelSize, groups = 1 } = shape;
  const { outputHeight, outputWidth } = geometry;
  const memory = arena.layOut((allocator) =>
    allocateConvolution(arena.k, geometry, images, 1, allocator, allocator, algorithms, images, packsWithin),
  );
  const convolution = new Convolution(arena.k, geometry, images, memory);
  const [inFloats, outFloats] = [
    images * height * width * inChannels,
    images * outputHeight * outputWidth * outChannels,
  ];
  const x = arena.put(pseudoRandom(inFloats, 1));
  const weight = arena.put(pseudoRandom((kernelSize[0] * kernelSize[1] * inChannels * outChannels) / groups, 2));
  const bias = arena.put(pseudoRandom(outChannels, 3));
  const dy = arena.put(pseudoRandom(outFloats, 4));
  const [y, dx] = [arena.output(outFloats), arena.output(inFloats)];
  arena.run(() => {
    convolution.packForward(weight);
    convolution.forward(x, bias, y, images);
    convolution.packInputGradient(weight);
    convolution.inputGradient(dy, dx, images);
  });
  return [arena.floats(y, outFloats), arena.floats(dx, inFloats)];
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

/** A convolution with all of its output as large as its input, unless the rest says otherwise. */
function shapeOf(
  [height, width, inChannels, outChannels]: readonly [number, number, number, number],
  kernel: number,
  rest: Partial<ConvolutionShape> = {},
): ConvolutionShape {
  const border = (kernel - 1) / 2;
  const window = { kernelSize: [kernel, kernel], stride: [1, 1], padding: [border, border], dilation: [1, 1] } as const;
  return { height, width, inChannels, outChannels, ...window, ...rest };
}

describe('weights that a call packs by itself', () => {
  it.each<[string, ConvolutionShape, number, 'direct' | 'winograd' | 'karatsuba']>([
    ['in one slice', shapeOf([5, 4, 7, 70], 3, { stride: [2, 1] }), 3, 'direct'],
    ['in two slices of output channels', shapeOf([1, 1, 12_000, 20], 1), 2, 'direct'],
    ['in three slices of input channels', shapeOf([3, 3, 66, 60], 5), 2, 'direct'],
    ['in groups', shapeOf([4, 4, 10, 6], 3, { groups: 2 }), 2, 'direct'],
    ["Winograd's, of more tiles than a block", shapeOf([12, 10, 8, 24], 3), 12, 'winograd'],
    ["Winograd's, in slices", shapeOf([4, 5, 136, 72], 3), 2, 'winograd'],
    ["Winograd's, in slices, of more tiles than a block", shapeOf([12, 9, 72, 40], 3), 12, 'winograd'],
    ["Karatsuba's, in slices", shapeOf([2, 2, 136, 72], 3), 2, 'karatsuba'],
    ["Karatsuba's, in slices of an input gradient", shapeOf([2, 2, 40, 520], 3), 7, 'karatsuba'],
  ])('have the same bits: %s', (_, shape, images, algorithm) => {
    const weightGradient = algorithm === 'karatsuba' ? 'direct' : algorithm;
    const algorithms = { forward: algorithm, inputGradient: algorithm, weightGradient };
    const bytes = 4 * shape.inChannels * shape.outChannels * 9 * (algorithm === 'winograd' ? 40 : 8) + 2 ** 23;
    for (const build of kernelBuilds) {
      const arena = new Arena(build, bytes);
      const [before, within] = [false, true].map((packsWithin) =>
        passes(arena, shape, images, algorithms, packsWithin),
      );
      expect(before!.map((values, i) => Buffer.compare(bytesOf(values), bytesOf(within![i]!)))).toEqual([0, 0]);
    }
  });
});
