import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { adaptiveAvgPool2d } from './adaptive-avg-pool2d.ts';
import { globalAvgPool2d } from './global-avg-pool2d.ts';

describe('adaptiveAvgPool2d', () => {
  it.each([
    ['windows side by side', [5, 3]],
    ['overlapping windows', [3, 4]],
    ['more windows than pixels', [7, 6]],
  ] as const)('has the gradients of its loss: %s', (_, [height, width]) => {
    const batch = { inputs: { input: pseudoRandom(3 * 5 * 6 * 2, 1) }, labels: [1, 3, 0] };
    expectGradients({ graph: probeGraph([5, 6, 2], adaptiveAvgPool2d({ outputSize: [height, width] })), batch });
  });

  it('has windows that overlap where the sizes do not divide', () => {
    const x = [1, 2, 4, 8, 16];
    expect([...outputOfLayer([1, 5, 1], adaptiveAvgPool2d({ outputSize: [1, 2] }), x)]).toEqual(
      [7 / 3, 28 / 3].map(Math.fround),
    );
    expect([...outputOfLayer([1, 5, 1], adaptiveAvgPool2d({ outputSize: [1, 3] }), x)]).toEqual([
      1.5,
      Math.fround(14 / 3),
      12,
    ]);
    expect(shapeOfLayer([5, 6, 7], adaptiveAvgPool2d({ outputSize: 2 }))).toEqual([2, 2, 7]);
  });

  it('is global average pooling with one window', () => {
    const x = pseudoRandom(7 * 5 * 3, 1);
    expect(outputOfLayer([7, 5, 3], adaptiveAvgPool2d({ outputSize: 1 }), x)).toEqual(
      outputOfLayer([7, 5, 3], globalAvgPool2d(), x),
    );
  });

  it('refuses a vector, and no size', () => {
    expect(() => shapeOfLayer([5], adaptiveAvgPool2d({ outputSize: 1 }))).toThrowError(
      'adaptiveAvgPool2d expects a map',
    );
    expect(() => shapeOfLayer([5, 5, 1], adaptiveAvgPool2d({ outputSize: 0 }))).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS' }),
    );
  });
});
