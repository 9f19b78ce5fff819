import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { spacedValues } from '../testing/values.ts';
import { adaptiveMaxPool2d } from './adaptive-max-pool2d.ts';

describe('adaptiveMaxPool2d', () => {
  it.each([
    ['windows side by side', [5, 3]],
    ['overlapping windows', [3, 4]],
    ['more windows than pixels', [7, 6]],
    ['one window', [1, 1]],
  ] as const)('has the gradients of its loss: %s', (_, [height, width]) => {
    const batch = { inputs: { input: spacedValues(3 * 5 * 6 * 2, 1, 1 / 32) }, labels: [1, 3, 0] };
    // Values differ by 1/32 at least, and are moved by 1/64 at most.
    const graph = probeGraph([5, 6, 2], adaptiveMaxPool2d({ outputSize: [height, width] }));
    expectGradients({ graph, batch, h: 1 / 128 });
  });

  it('has windows that overlap where the sizes do not divide', () => {
    const x = [1, 2, 9, 3, 4];
    expect([...outputOfLayer([1, 5, 1], adaptiveMaxPool2d({ outputSize: [1, 2] }), x)]).toEqual([9, 9]);
    expect([...outputOfLayer([1, 5, 1], adaptiveMaxPool2d({ outputSize: [1, 3] }), x)]).toEqual([2, 9, 4]);
    expect(shapeOfLayer([5, 6, 7], adaptiveMaxPool2d({ outputSize: 2 }))).toEqual([2, 2, 7]);
  });

  it('refuses a vector', () => {
    expect(() => shapeOfLayer([5], adaptiveMaxPool2d({ outputSize: 1 }))).toThrowError(
      'adaptiveMaxPool2d expects a map',
    );
  });
});
