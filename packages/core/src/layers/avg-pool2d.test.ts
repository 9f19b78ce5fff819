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
    ['a window that reaches over the edge', avgPool2d({ kernelSize: [2, 4], padding: [1, 2], ceilMode: true })],
    ['padding that does not count', avgPool2d({ kernelSize: 3, stride: 2, padding: 1, countIncludePad: false })],
    ['a divisor of its own', avgPool2d({ kernelSize: 2, divisorOverride: 3 })],
  ])('has the gradients of its loss: %s', (_, layer) => {
    const batch = { inputs: { input: pseudoRandom(3 * 5 * 6 * 2, 1) }, labels: [1, 3, 0] };
    expectGradients({ graph: probeGraph([5, 6, 2], layer), batch });
  });

  it('counts the padding as zeros, unless told otherwise, but never what is beyond it', () => {
    const x = [4, 8, 12, 16];
    expect([...outputOfLayer([2, 2, 1], avgPool2d({ kernelSize: 2 }), x)]).toEqual([10]);
    expect([...outputOfLayer([2, 2, 1], avgPool2d({ kernelSize: 2, padding: 1 }), x)]).toEqual([1, 2, 3, 4]);
    const inside = avgPool2d({ kernelSize: 2, padding: 1, countIncludePad: false });
    expect([...outputOfLayer([2, 2, 1], inside, x)]).toEqual(x);
    expect([...outputOfLayer([2, 2, 1], avgPool2d({ kernelSize: 2, divisorOverride: 1 }), x)]).toEqual([40]);
    expect([...outputOfLayer([1, 4, 1], avgPool2d({ kernelSize: [1, 3], ceilMode: true }), x)]).toEqual([8, 16]);
  });

  it('refuses what does not fit, by its own name', () => {
    expect(() => shapeOfLayer([2, 2, 1], avgPool2d({ kernelSize: 3 }))).toThrowError(
      expect.objectContaining({
        code: 'GRAPH_SHAPE',
        message: expect.stringContaining('node "layer": avgPool2d with'),
      }),
    );
    const none = { op: 'avgPool2d', options: { kernelSize: 2, divisorOverride: 0 } };
    expect(() => shapeOfLayer([2, 2, 1], none)).toThrowError(expect.objectContaining({ code: 'LAYER_OPTIONS' }));
  });
});
