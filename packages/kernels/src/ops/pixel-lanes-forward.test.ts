import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { allocateConvolution, Convolution } from './convolution.ts';
import { convolutionGeometry } from './convolution-geometry.ts';
import { goesByPixelLanes } from './pixel-lanes-forward.ts';

// What it computes is compared with the reference in convolution.test.ts.

const [images, taps, most] = [3, 15, 8];
const shapeOf = (outChannels: number) =>
  ({ height: 6, width: 21, inChannels: 1, outChannels, kernelSize: [3, 5], stride: [1, 1], padding: [1, 2], dilation: [1, 1] }) as const; // biome-ignore format: one line

/** The output of the first of eight channels' weights. */
function forward(arena: Arena, outChannels: number): Float32Array {
  const geometry = convolutionGeometry(shapeOf(outChannels));
  expect(goesByPixelLanes(geometry)).toBe(outChannels <= 6);
  const memory = arena.layOut((own) => allocateConvolution(arena.k, geometry, images, 1, own, own));
  const convolution = new Convolution(arena.k, geometry, images, memory);
  const [weights, floats] = [pseudoRandom(taps * most, 1), images * 6 * 21 * outChannels];
  const weight = arena.put(weights.filter((_, i) => i % most < outChannels));
  const [x, bias] = [arena.put(pseudoRandom(images * 6 * 21, 2)), arena.put(pseudoRandom(most, 3))];
  const y = arena.output(floats);
  arena.run(() => {
    convolution.packForward(weight);
    convolution.forward(x, bias, y, images);
  });
  return arena.floats(y, floats);
}

describe('a convolution with pixels in the lanes', () => {
  it.each([1, 2, 3, 4, 5, 6])('has the bits of one with its %i channels in the lanes', (outChannels) => {
    onEveryBuild((arena) => {
      const few = forward(arena, outChannels);
      const all = forward(arena, most);
      expect(few).toEqual(all.filter((_, i) => i % most < outChannels));
    });
  });
});
