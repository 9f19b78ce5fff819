import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { avgPool2d } from './avg-pool2d.ts';

describe('avgPool2d', () => {
  it.each([
    ['windows side by side', avgPool2d({ kernelSize: 2 })],
    ['overlapping windows', avgPool2d({ kernelSize: 3, stride: 1 })],
    ['padding', avgPool2d({ kernelSize: 3, stride: 2, padding: 1 })],
    ['windows with gaps', avgPool2d({ kernelSize: 2, stride: 3 })],
  ])('has the gradients of its loss: %s', (_, layer) => {
    const batch = { inputs: { input: pseudoRandom(3 * 5 * 6 * 2, 1) }, labels: [1, 3, 0] };
    expectGradients({ graph: probeGraph([5, 6, 2], layer), batch });
  });

  it('counts the padding as zeros', () => {
    const x = [4, 8, 12, 16];
    expect([...outputOfLayer([2, 2, 1], avgPool2d({ kernelSize: 2 }), x)]).toEqual([10]);
    expect([...outputOfLayer([2, 2, 1], avgPool2d({ kernelSize: 2, padding: 1 }), x)]).toEqual([1, 2, 3, 4]);
  });

  it('refuses what does not fit, by its own name', () => {
    expect(() => shapeOfLayer([2, 2, 1], avgPool2d({ kernelSize: 3 }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: expect.stringContaining('node "layer": avgPool2d with'),
      }),
    );
  });
});
