import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { globalAvgPool2d } from './global-avg-pool2d.ts';

describe('globalAvgPool2d', () => {
  it('has the gradients of its loss', () => {
    const batch = { inputs: { input: pseudoRandom(4 * 3 * 5 * 6, 1) }, labels: [1, 3, 0, 2] };
    expectGradients({ graph: probeGraph([3, 5, 6], globalAvgPool2d()), batch });
  });

  it('is the mean of each channel', () => {
    expect([...outputOfLayer([1, 4, 2], globalAvgPool2d(), [1, 10, 2, 20, 3, 30, 6, 60])]).toEqual([3, 30]);
    expect(shapeOfLayer([7, 5, 3], globalAvgPool2d())).toEqual([3]);
    expect(() => shapeOfLayer([7], globalAvgPool2d())).toThrowError('node "layer": globalAvgPool2d expects a map');
  });
});
