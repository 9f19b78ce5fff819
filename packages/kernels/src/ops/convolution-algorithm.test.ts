import { describe, expect, it } from 'vitest';
import { Allocator } from '../memory.ts';
import { arenaOf } from '../testing/arena.ts';
import { allocateConvolution } from './convolution.ts';
import { convolutionAlgorithm, directAlgorithms } from './convolution-algorithm.ts';
import { convolutionGeometry } from './convolution-geometry.ts';

describe('a convolution of 1×1', () => {
  const shape = { height: 14, width: 14, inChannels: 64, outChannels: 256, dilation: [1, 1] } as const;
  const one = { ...shape, kernelSize: [1, 1], stride: [1, 1], padding: [0, 0] } as const;
  const scratchOf = (geometry: ReturnType<typeof convolutionGeometry>, images: number): number => {
    const scratch = new Allocator(0);
    allocateConvolution(arenaOf('default').k, geometry, images, 1, new Allocator(0), scratch);
    return scratch.end;
  };

  it('is a matrix product of all pixels with the weights, in every pass, without a copy of the pictures', () => {
    const geometry = convolutionGeometry(one);
    expect(convolutionAlgorithm(geometry)).toEqual(directAlgorithms);
    // One run of taps, from one pixel to the next: rows and images follow without a jump, forward and back.
    const flat = { tapRows: 1, tapColumns: 1, xRowJump: 0, xImageJump: 0, yRowJump: 0, yImageJump: 0 };
    expect(geometry.forward).toMatchObject({ ...flat, run: 64 * 4, xPixel: 64 * 4, yPixel: 256 * 4 });
    expect(geometry.phases.flatMap(({ zones }) => zones.map(({ walk }) => walk))).toEqual([
      expect.objectContaining({ ...flat, run: 256 * 4, xPixel: 256 * 4, yPixel: 64 * 4 }),
    ]);
    expect(scratchOf(geometry, 64)).toBe(scratchOf(geometry, 32));
  });
});
