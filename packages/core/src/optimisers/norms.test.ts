import { describe, expect, it } from 'vitest';
import { parameterChunks } from '../plan/parameters.ts';
import { layoutOfShapes } from '../testing/optimiser-run.ts';
import { clipFactor, gradientClipSchema, parameterNorms, squareSumRow } from './norms.ts';

describe('parameterNorms', () => {
  it('is the root of the sums over the chunks of each tensor, and over all', () => {
    const chunks = parameterChunks(layoutOfShapes([[3], [2, 4096], [7]]));
    expect(chunks).toHaveLength(4);
    // gradient and parameters of each chunk
    const squares = Float64Array.of(9, 1, 16, 0, 128, 4, 72, 25);
    expect(squares).toHaveLength(4 * squareSumRow);
    expect(parameterNorms(chunks, squares)).toEqual({
      tensors: [
        { gradient: 3, parameters: 1 },
        { gradient: 12, parameters: 2 },
        { gradient: Math.sqrt(72), parameters: 5 },
      ],
      gradient: 15,
    });
  });

  it('adds the chunks in the order of the tree', () => {
    const chunks = parameterChunks(layoutOfShapes([[16 * 4096]]));
    // Half a unit of 1 in the last place: one after the other they are lost beside 1, in pairs only the first is.
    const tiny = 2 ** -53;
    const squares = new Float64Array(2 * 16).fill(tiny);
    squares[0] = 1;
    expect(parameterNorms(chunks, squares).gradient).toBe(Math.sqrt(1 + 14 * tiny));
    expect(Math.sqrt(1 + 14 * tiny)).toBeGreaterThan(1);
  });

  it('of no parameters is 0', () => {
    expect(parameterNorms([], new Float64Array(0))).toEqual({ tensors: [], gradient: 0 });
  });
});

describe('clipFactor', () => {
  it.each([
    [0, 1, 1],
    [0.5, 1, 1],
    [4, 1, 1 / (4 + 1e-6)],
    [1, 1, 1 / (1 + 1e-6)],
    [10, 2.5, 2.5 / (10 + 1e-6)],
  ])('of a norm of %d and a clip of %d', (norm, clip, factor) => {
    expect(clipFactor(norm, { norm: clip })).toBe(factor);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('cannot be to %d', (norm) => {
    expect(gradientClipSchema.safeParse({ norm }).success).toBe(false);
  });
});
