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

const threeByThree = { kernelSize: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1] } as const;

describe('weights that a call packs by itself', () => {
  it.each<[string, ConvolutionShape, number, 'direct' | 'winograd']>([
    [
      'in one slice',
      {
        height: 5,
        width: 4,
        inChannels: 7,
        outChannels: 70,
        kernelSize: [3, 3],
        stride: [2, 1],
        padding: [1, 1],
        dilation: [1, 1],
      },
      3,
      'direct',
    ],
    [
      'in two slices of output channels',
      {
        height: 1,
        width: 1,
        inChannels: 12_000,
        outChannels: 20,
        kernelSize: [1, 1],
        stride: [1, 1],
        padding: [0, 0],
        dilation: [1, 1],
      },
      2,
      'direct',
    ],
    [
      'in two slices of input channels',
      {
        height: 3,
        width: 3,
        inChannels: 66,
        outChannels: 60,
        kernelSize: [5, 5],
        stride: [1, 1],
        padding: [2, 2],
        dilation: [1, 1],
      },
      2,
      'direct',
    ],
    [
      'in groups',
      {
        height: 4,
        width: 4,
        inChannels: 10,
        outChannels: 6,
        groups: 2,
        kernelSize: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
        dilation: [1, 1],
      },
      2,
      'direct',
    ],
    [
      "Winograd's, of more tiles than a block",
      { height: 12, width: 10, inChannels: 8, outChannels: 24, ...threeByThree },
      12,
      'winograd',
    ],
    [
      "Winograd's, in slices of output channels",
      { height: 4, width: 5, inChannels: 1200, outChannels: 24, ...threeByThree },
      2,
      'winograd',
    ],
    [
      "Winograd's, in slices of input channels",
      { height: 3, width: 3, inChannels: 24, outChannels: 1200, ...threeByThree },
      2,
      'winograd',
    ],
  ])('have the same bits: %s', (_, shape, images, algorithm) => {
    const algorithms = { forward: algorithm, inputGradient: algorithm, weightGradient: algorithm };
    const bytes = 4 * shape.inChannels * shape.outChannels * 9 * (algorithm === 'winograd' ? 40 : 8) + 2 ** 21;
    for (const build of kernelBuilds) {
      const arena = new Arena(build, bytes);
      const [before, within] = [false, true].map((packsWithin) =>
        passes(arena, shape, images, algorithms, packsWithin),
      );
      expect(before!.map((values, i) => Buffer.compare(bytesOf(values), bytesOf(within![i]!)))).toEqual([0, 0]);
    }
  });
});
