import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { upsample } from './upsample.ts';

describe('upsample', () => {
  it.each([
    ['nearest, twice', upsample({ scaleFactor: 2 })],
    ['nearest, to a size', upsample({ size: [5, 3] })],
    ['bilinear, twice', upsample({ scaleFactor: 2, mode: 'bilinear' })],
    ['bilinear, to a size', upsample({ size: [7, 2], mode: 'bilinear' })],
    ['bilinear, corners aligned', upsample({ scaleFactor: [1.5, 2.2], mode: 'bilinear', alignCorners: true })],
  ])('has the gradients of its loss: %s', (_, layer) => {
    const batch = { inputs: { input: pseudoRandom(3 * 3 * 4 * 2, 1) }, labels: [1, 3, 0] };
    expectGradients({ graph: probeGraph([3, 4, 2], layer), batch });
  });

  it('repeats pixels, or goes evenly from one to the next', () => {
    const to = (options: Parameters<typeof upsample>[0]) => [...outputOfLayer([1, 2, 1], upsample(options), [1, 5])];
    expect(to({ scaleFactor: [1, 2] })).toEqual([1, 1, 5, 5]);
    expect(to({ scaleFactor: [1, 2], mode: 'bilinear' })).toEqual([1, 2, 4, 5]);
    expect(to({ size: [1, 5], mode: 'bilinear', alignCorners: true })).toEqual([1, 2, 3, 4, 5]);
    expect(shapeOfLayer([3, 5, 7], upsample({ scaleFactor: 1.5 }))).toEqual([4, 7, 7]);
    expect(shapeOfLayer([3, 5, 7], upsample({ size: 9 }))).toEqual([9, 9, 7]);
  });

  it.each([
    [{}, 'either size or scaleFactor'],
    [{ size: 4, scaleFactor: 2 }, 'either size or scaleFactor'],
    [{ scaleFactor: 0 }, 'scaleFactor'],
    [{ size: 4, alignCorners: true }, "alignCorners is for mode 'bilinear'"],
    [{ size: 4, mode: 'bicubic' }, 'mode'],
  ])('refuses the options %j', (options, message) => {
    expect(() => shapeOfLayer([2, 2, 1], { op: 'upsample', options })).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining(message) }),
    );
  });

  it('refuses a factor that leaves nothing, and a vector', () => {
    expect(() => shapeOfLayer([2, 4, 1], upsample({ scaleFactor: 0.3 }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: expect.stringMatching(/node "layer": upsample: outputHeight: .* got 0 \(input 2x4x1\)/),
      }),
    );
    expect(() => shapeOfLayer([5], upsample({ size: 4 }))).toThrowError('upsample expects a map');
  });
});
