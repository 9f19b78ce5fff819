import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { padChannels } from './pad-channels.ts';

describe('padChannels', () => {
  it('puts zeros before and after the channels of each pixel', () => {
    expect([...outputOfLayer([1, 2, 2], padChannels({ before: 1, after: 2 }), [1, 2, 3, 4])]).toEqual([
      ...[0, 1, 2, 0, 0],
      ...[0, 3, 4, 0, 0],
    ]);
    expect([...outputOfLayer([1, 1, 2], padChannels({}), [1, 2])]).toEqual([1, 2]);
  });

  it('has the gradients of its loss', () => {
    const batch = { inputs: { input: pseudoRandom(3 * 3 * 4 * 5, 1) }, labels: [1, 3, 0] };
    expectGradients({ graph: probeGraph([3, 4, 5], padChannels({ before: 2, after: 5 })), batch });
  });

  it('refuses a vector, and fewer than none', () => {
    expect(() => shapeOfLayer([9], padChannels({ after: 1 }))).toThrowError('padChannels expects a map');
    expect(() => shapeOfLayer([2, 2, 1], padChannels({ after: -1 }))).toThrowError(
      expect.objectContaining({ code: 'LAYER_OPTIONS' }),
    );
  });
});
