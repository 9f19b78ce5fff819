import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { spacedValues } from '../testing/values.ts';
import { relu } from './relu.ts';

describe('relu', () => {
  it.each([[[3, 2, 3]], [[11]]])('has the gradients of its loss on %j', (shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const batch = { inputs: { input: spacedValues(4 * size, 1, 1 / 16) }, labels: [1, 3, 0, 2] };
    // The values nearest to 0 are ±1/32.
    expectGradients({ graph: probeGraph(shape, relu()), batch, h: 1 / 128 });
  });

  it('is max(x, 0) on any shape', () => {
    expect([...outputOfLayer([1, 2, 2], relu(), [-2, 0, 3, -0.5])]).toEqual([0, 0, 3, 0]);
    expect(shapeOfLayer([5], relu())).toEqual([5]);
  });

  it('has no options', () => {
    expect(() => shapeOfLayer([3], { op: 'relu', options: { inplace: true } })).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS', message: expect.stringContaining('inplace') }),
    );
  });
});
