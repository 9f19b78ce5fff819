import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { flatten } from './flatten.ts';

describe('flatten', () => {
  it('has the gradients of its loss', () => {
    const batch = { inputs: { input: pseudoRandom(4 * 3 * 2 * 5, 1) }, labels: [1, 3, 0, 2] };
    expectGradients({ graph: probeGraph([3, 2, 5], flatten()), batch });
  });

  it('goes channel by channel, as PyTorch', () => {
    // [height 2][width 2][channels 2]: channel 0 has 0…3, channel 1 has 10…13.
    expect([...outputOfLayer([2, 2, 2], flatten(), [0, 10, 1, 11, 2, 12, 3, 13])]).toEqual([
      0, 1, 2, 3, 10, 11, 12, 13,
    ]);
    expect(shapeOfLayer([3, 4, 5], flatten())).toEqual([60]);
  });

  it('goes channel by channel over a sequence, too', () => {
    const batch = { inputs: { input: pseudoRandom(4 * 6 * 5, 1) }, labels: [1, 3, 0, 2] };
    expectGradients({ graph: probeGraph([6, 5], flatten()), batch });
    // [length 3][channels 2]
    expect([...outputOfLayer([3, 2], flatten(), [0, 10, 1, 11, 2, 12])]).toEqual([0, 1, 2, 10, 11, 12]);
  });

  it('refuses a vector', () => {
    expect(() => shapeOfLayer([8], flatten())).toThrowError(
      'node "layer": flatten expects a map of [height, width, channels], got 8',
    );
  });
});
