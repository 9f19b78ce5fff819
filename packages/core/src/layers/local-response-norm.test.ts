import { describe, expect, it } from 'vitest';
import { expectGradients } from '../testing/gradients.ts';
import { outputOfLayer, probeGraph, shapeOfLayer } from '../testing/probe.ts';
import { pseudoRandom } from '../testing/values.ts';
import { localResponseNorm } from './local-response-norm.ts';

describe('localResponseNorm', () => {
  it.each([
    { size: 1, alpha: 1 },
    { size: 3, alpha: 2, beta: 1.3, k: 2 },
    { size: 4, alpha: 1 },
    { size: 12, alpha: 3, beta: 0.5 },
  ])('has the gradients of its loss with %o', (options) => {
    const batch = { inputs: { input: pseudoRandom(4 * 42, 1, 2) }, labels: [1, 3, 0, 2] };
    expectGradients({ graph: probeGraph([2, 3, 7], localResponseNorm(options)), batch, h: 1 / 64 });
  });

  it('divides by a power of the squares around, at the same pixel', () => {
    // d = 1 + Σ x² with beta 1.
    const y = outputOfLayer([1, 2, 3], localResponseNorm({ size: 3, alpha: 3, beta: 1 }), [1, 2, 3, 0, 0, 4]);
    [1 / 6, 2 / 15, 3 / 14, 0, 0, 4 / 17].forEach((expected, i) => {
      expect(y[i]).toBeCloseTo(expected, 6);
    });
    // AlexNet's numbers, k as is the default of PyTorch: 1000/(1 + 1e-4·1e6)^0.75.
    const alexNet = localResponseNorm({ size: 5, alpha: 5e-4 });
    expect(outputOfLayer([1, 1, 1], alexNet, [1000])[0]).toBeCloseTo(1000 / 101 ** 0.75, 4);
  });

  it.each([{}, { size: 0 }, { size: 3, k: 0 }, { size: 3, alpha: -1 }, { size: 3, beta: -1 }])(
    'refuses the options %j',
    (options) => {
      expect(() => shapeOfLayer([4, 4, 6], { op: 'localResponseNorm', options })).toThrowError(
        expect.objectContaining({
          code: 'LAYER_OPTIONS',
          message: expect.stringContaining('node "layer" (localResponseNorm)'),
        }),
      );
    },
  );

  it('refuses a vector', () => {
    expect(() => shapeOfLayer([5], localResponseNorm({ size: 5 }))).toThrowError(
      'node "layer": localResponseNorm expects a map',
    );
  });
});
