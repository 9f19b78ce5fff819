import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { lpPool2d } from './lp-pool2d.ts';

describe('lpPool2d', () => {
  it.each([
    ['windows side by side', lpPool2d({ normType: 2, kernelSize: 2 })],
    ['overlapping windows', lpPool2d({ normType: 2, kernelSize: [2, 3], stride: 1 })],
    ['a window that reaches over the edge', lpPool2d({ normType: 2, kernelSize: 3, stride: 2, ceilMode: true })],
  ])('has the gradients of its loss: %s', (_, layer) => {
    // Away from 0, where the root has no gradient.
    const input = pseudoRandom(3 * 5 * 6 * 2, 1).map((value) => value + Math.sign(value));
    expectGradients({ graph: probeGraph([5, 6, 2], layer), batch: { inputs: { input }, labels: [1, 3, 0] } });
  });

  it('is the length of each window', () => {
    const layer = lpPool2d({ normType: 2, kernelSize: [1, 2] });
    expect([...outputOfLayer([1, 5, 1], layer, [3, -4, 0, 0, 1])]).toEqual([5, 0]);
  });

  it('refuses another norm, and says what to do for the first', () => {
    const other = { op: 'lpPool2d', options: { normType: 1, kernelSize: 2 } };
    expect(() => shapeOfLayer([4, 4, 1], other)).toThrowError(
      expect.objectContaining({
        code: 'LAYER_OPTIONS',
        message: expect.stringContaining('is avgPool2d with divisorOverride: 1'),
      }),
    );
  });
});
