import { pad2dModes } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { pad2d } from './pad2d.ts';

describe('pad2d', () => {
  it.each(pad2dModes)('has the gradients of its loss: %s', (mode) => {
    const batch = { inputs: { input: pseudoRandom(3 * 3 * 4 * 2, 1) }, labels: [1, 3, 0] };
    expectGradients({ graph: probeGraph([3, 4, 2], pad2d({ padding: [3, 1, 0, 2], mode })), batch });
  });

  it("takes the sides in PyTorch's order: left, right, top, bottom", () => {
    expect(shapeOfLayer([3, 4, 5], pad2d({ padding: [1, 2, 3, 4] }))).toEqual([10, 7, 5]);
    expect(shapeOfLayer([3, 4, 5], pad2d({ padding: 1 }))).toEqual([5, 6, 5]);
    const layer = pad2d({ padding: [1, 0, 0, 1], value: 7 });
    expect([...outputOfLayer([1, 2, 1], layer, [1, 2])]).toEqual([7, 1, 2, 7, 7, 7]);
    expect([...outputOfLayer([1, 2, 1], pad2d({ padding: [1, 0, 0, 1] }), [1, 2])]).toEqual([0, 1, 2, 0, 0, 0]);
  });

  it('crops where a border is negative', () => {
    expect(shapeOfLayer([3, 4, 5], pad2d({ padding: [-1, -2, 1, -1] }))).toEqual([3, 1, 5]);
    expect([...outputOfLayer([2, 2, 1], pad2d({ padding: [-1, 1, -1, 1] }), [1, 2, 3, 4])]).toEqual([4, 0, 0, 0]);
    const batch = { inputs: { input: pseudoRandom(3 * 3 * 4 * 2, 1) }, labels: [1, 3, 0] };
    expectGradients({ graph: probeGraph([3, 4, 2], pad2d({ padding: [-1, 1, 2, -2] })), batch });
    expect(() => shapeOfLayer([3, 4, 1], pad2d({ padding: [-4, 0, 0, 0] }))).toThrowError('must be left');
  });

  it.each([
    ['reflect', [3, 2, 1, 2, 3, 2]],
    ['replicate', [1, 1, 1, 2, 3, 3]],
    ['circular', [2, 3, 1, 2, 3, 1]],
  ] as const)('has a border of %s', (mode, expected) => {
    expect([...outputOfLayer([1, 3, 1], pad2d({ padding: [2, 1, 0, 0], mode }), [1, 2, 3])]).toEqual(expected);
  });

  it('refuses a border that the map is too small for, and a value for another border than a constant one', () => {
    expect(() => shapeOfLayer([3, 4, 1], pad2d({ padding: 3, mode: 'reflect' }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: expect.stringContaining('node "layer": pad2d: a reflect border of 3 left, 3 right'),
      }),
    );
    expect(() => shapeOfLayer([9], pad2d({ padding: 1 }))).toThrowError('pad2d expects a map');
    for (const options of [
      { padding: 1, mode: 'reflect' as const, value: 1 },
      { padding: -1, mode: 'replicate' as const },
      { padding: 0.5 },
      { padding: [1, 2] as never },
      { padding: 1, mode: 'zeros' as never },
    ]) {
      expect(() => shapeOfLayer([9, 9, 1], pad2d(options))).toThrowError(
        expect.objectContaining({ code: 'LAYER_OPTIONS' }),
      );
    }
  });
});
