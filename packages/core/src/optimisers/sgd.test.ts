import { createMemory, Kernels, kernelModule } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { createOptimiser, type OptimiserOptions, optimiserSchema } from './optimiser.ts';

const kernels = new Kernels(kernelModule('default'), createMemory(0));

/** Steps of one weight (and three more, the same) with the given gradients; the weights after each. */
function weights(
  options: Partial<Extract<OptimiserOptions, { name: 'sgd' }>>,
  start: number,
  gradients: readonly number[],
  samples = 1,
): number[] {
  const optimiser = createOptimiser(optimiserSchema.parse({ name: 'sgd', ...options }));
  const first = Math.ceil(kernels.heapBase / 64) * 64;
  const [gradient, ...places] = [0, 1, 2, 3, 4].map((i) => first + i * 64) as [number, number, number, number, number];
  const [p0, p1, v0, v1] = places;
  kernels.f32.fill(start, p0 / 4, p0 / 4 + 4);
  kernels.f32.fill(0, v0 / 4, v0 / 4 + 4);
  return gradients.map((value, step) => {
    kernels.f32.fill(value * samples, gradient / 4, gradient / 4 + 4);
    const [from, to] =
      step % 2 === 0
        ? ([
            [p0, v0],
            [p1, v1],
          ] as const)
        : ([
            [p1, v1],
            [p0, v0],
          ] as const);
    optimiser.update(kernels, {
      parameters: from[0],
      nextParameters: to[0],
      gradient,
      state: [from[1]],
      nextState: [to[1]],
      length: 4,
      samples,
      learningRate: 0.5,
      step,
    });
    return kernels.f32[to[0] / 4]!;
  });
}

describe('sgdOptimiser', () => {
  // All numbers are binary fractions, so that nothing is rounded.
  it('without momentum takes the mean gradient times the learning rate', () => {
    expect(weights({ momentum: 0 }, 8, [1, 2, 3])).toEqual([7.5, 6.5, 5]);
    expect(weights({ momentum: 0 }, 8, [1, 2, 3], 16)).toEqual([7.5, 6.5, 5]);
  });

  it('with momentum keeps going: v ← αv + g', () => {
    expect(weights({ momentum: 0.5 }, 8, [4, 0, 0])).toEqual([6, 5, 4.5]);
  });

  it('with Nesterov looks ahead: g + αv', () => {
    // v = 4, 2, 1; steps of g + v/2 = 6, 1, 0.5, halved.
    expect(weights({ momentum: 0.5, nesterov: true }, 8, [4, 0, 0])).toEqual([5, 4.5, 4.25]);
  });

  it('adds λ·w to the gradient', () => {
    expect(weights({ momentum: 0, weightDecay: 0.25 }, 8, [0, 0])).toEqual([7, 6.125]);
    expect(weights({ momentum: 0.5, weightDecay: 0.25 }, 8, [2, 0])).toEqual([6, 6 - 0.5 * (0.5 * 4 + 1.5)]);
  });

  it('has one vector of state, and defaults', () => {
    const options = optimiserSchema.parse({ name: 'sgd' });
    expect(options).toEqual({ name: 'sgd', momentum: 0.9, weightDecay: 0, nesterov: false });
    expect(createOptimiser(options).stateVectors).toBe(1);
  });

  it.each([
    {},
    { name: 'adamant' },
    { name: 'sgd', momentum: 1 },
    { name: 'sgd', momentum: -0.1 },
    { name: 'sgd', weightDecay: -1 },
    { name: 'sgd', nesterov: 'yes' },
    { name: 'sgd', learningRate: 0.1 },
  ])('refuses the options %j', (options) => {
    expect(optimiserSchema.safeParse(options).success).toBe(false);
  });
});
