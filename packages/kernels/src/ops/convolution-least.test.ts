import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { allocateConvolution, Convolution } from './convolution.ts';
import { convolutionAlgorithm } from './convolution-algorithm.ts';
import { type ConvolutionShape, convolutionGeometry } from './convolution-geometry.ts';

const ofChannels = {
  direct: { inChannels: 5, outChannels: 21 },
  winograd: { inChannels: 16, outChannels: 24 },
  depthwise: { inChannels: 16, outChannels: 16, groups: 16 },
} as const;
const size = { height: 7, width: 6, kernelSize: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1] } as const;

/** That with a least output there is what there is without one, but nothing less. */
function check(shape: ConvolutionShape, images: number, least: number, seed: number): void {
  const geometry = convolutionGeometry(shape);
  const { height, width, kernelSize, inChannels, outChannels } = shape;
  const outputs = images * geometry.outputHeight * geometry.outputWidth * outChannels;
  onEveryBuild((arena) => {
    const memory = arena.layOut((allocator) => allocateConvolution(arena.k, geometry, images, 1, allocator, allocator));
    const convolution = new Convolution(arena.k, geometry, images, memory);
    const x = arena.put(pseudoRandom(images * height * width * inChannels, seed));
    const taps = kernelSize[0] * kernelSize[1];
    const weight = arena.put(pseudoRandom((taps * inChannels * outChannels) / geometry.groups, seed + 1));
    const bias = arena.put(pseudoRandom(outChannels, seed + 2));
    const [plain, bounded] = [arena.output(outputs), arena.output(outputs)];
    arena.run(() => {
      convolution.packForward(weight);
      convolution.forward(x, bias, plain, images);
      convolution.forward(x, bias, bounded, images, least);
    });
    const values = arena.floats(plain, outputs);
    expect(Math.min(...values)).toBeLessThan(0);
    const expected = values.map((value) => Math.max(value, least));
    expect(arena.floats(bounded, outputs)).toEqual(expected);
  });
}

describe('a convolution with a least output', () => {
  it.each(['direct', 'winograd', 'depthwise'] as const)('has nothing less: %s', (algorithm) => {
    const shape = { ...size, ...ofChannels[algorithm] };
    expect(convolutionAlgorithm(convolutionGeometry(shape)).forward).toBe(algorithm);
    check(shape, 3, 0, 1);
  });

  it('has nothing less: pixels in the lanes', () => {
    check({ ...size, width: 21, inChannels: 1, outChannels: 6 }, 3, 0, 2);
  });

  it('has nothing less on any shape', () => {
    const pair = (minimum: number, maximum: number) =>
      fc.tuple(fc.integer({ min: minimum, max: maximum }), fc.integer({ min: minimum, max: maximum }));
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(ofChannels)),
        pair(4, 9),
        pair(1, 2),
        pair(0, 2),
        fc.constantFrom(-1, 0, 0.5),
        fc.nat(99),
        (channels, [height, width], stride, padding, least, seed) =>
          check({ ...size, ...channels, height, width, stride, padding }, 2, least, seed),
      ),
      { seed: 13, numRuns: 25 },
    );
  });
});
