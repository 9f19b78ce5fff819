import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { softmax } from './softmax.ts';

describe('softmax', () => {
  it.each([[[3, 2, 5]], [[11]]])('has the gradients of its loss on %j', (shape) => {
    const size = 4 * shape.reduce((product, length) => product * length, 1);
    const batch = { inputs: { input: pseudoRandom(size, 1, 2) }, labels: [1, 3, 0, 2] };
    expectGradients({ graph: probeGraph(shape, softmax()), batch });
  });

  it('is over the channels of each pixel', () => {
    const ln = Math.log;
    const y = outputOfLayer([1, 2, 3], softmax(), [ln(1), ln(2), ln(5), 7, 7, 7]);
    [1 / 8, 2 / 8, 5 / 8, 1 / 3, 1 / 3, 1 / 3].forEach((expected, i) => {
      expect(y[i]).toBeCloseTo(expected, 6);
    });
    expect(shapeOfLayer([4, 5, 6], softmax())).toEqual([4, 5, 6]);
  });
});
