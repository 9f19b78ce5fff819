import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { allocateConvolution, Convolution } from './convolution.ts';
import { convolutionAlgorithm } from './convolution-algorithm.ts';
import { convolutionGeometry } from './convolution-geometry.ts';

describe('a convolution with a least output', () => {
  it.each([
    ['direct', { inChannels: 5, outChannels: 21 }],
    ['winograd', { inChannels: 16, outChannels: 24 }],
    ['depthwise', { inChannels: 16, outChannels: 16, groups: 16 }],
  ] as const)('has what it has without one, but nothing less: %s', (algorithm, channels) => {
    const size = {
      height: 7,
      width: 6,
      kernelSize: [3, 3],
      stride: [1, 1],
      padding: [1, 1],
      dilation: [1, 1],
    } as const;
    const geometry = convolutionGeometry({ ...size, ...channels });
    expect(convolutionAlgorithm(geometry).forward).toBe(algorithm);
    const images = 3;
    const [inputs, outputs] = [channels.inChannels, channels.outChannels].map((count) => images * 7 * 6 * count);
    onEveryBuild((arena) => {
      const memory = arena.layOut((allocator) =>
        allocateConvolution(arena.k, geometry, images, 1, allocator, allocator),
      );
      const convolution = new Convolution(arena.k, geometry, images, memory);
      const x = arena.put(pseudoRandom(inputs!, 1));
      const weight = arena.put(pseudoRandom((9 * channels.inChannels * channels.outChannels) / geometry.groups, 2));
      const bias = arena.put(pseudoRandom(channels.outChannels, 3));
      const [plain, least] = [arena.output(outputs!), arena.output(outputs!)];
      arena.run(() => {
        convolution.packForward(weight);
        convolution.forward(x, bias, plain, images);
        convolution.forward(x, bias, least, images, 0);
      });
      const values = arena.floats(plain, outputs!);
      expect(Math.min(...values)).toBeLessThan(0);
      expect(arena.floats(least, outputs!)).toEqual(values.map((value) => Math.max(value, 0)));
    });
  });
});
