import { createMemory, Kernels, kernelModule } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { runOptimiser } from '../testing/optimiser-run.ts';
import { pseudoRandom } from '../testing/values.ts';
import { biasCorrection } from './bias-correction.ts';
import { createOptimiser, optimiserNames, optimiserSchema } from './optimiser.ts';

type Options = z.input<typeof optimiserSchema>;

describe('biasCorrection', () => {
  it.each([
    [0.5, 1, 0.5],
    [0.5, 3, 0.875],
    [0, 7, 1],
    [0.9, 1, 1 - 0.9],
    [0.75, 5, 1 - 0.2373046875],
    [0.999, 1e9, 1],
  ])('of β = %d after %d values', (beta, t, expected) => {
    expect(biasCorrection(beta, t)).toBe(expected);
  });

  it('agrees with multiplying one by one', () => {
    let power = 1;
    for (let t = 1; t <= 5000; t++) {
      power *= 0.999;
      expect(Math.abs(biasCorrection(0.999, t) - (1 - power))).toBeLessThan(1e-12);
    }
  });
});

describe('optimiserSchema', () => {
  it.each<[Options, object]>([
    [{ name: 'adagrad' }, { lrDecay: 0, eps: 1e-10, initialAccumulator: 0, weightDecay: 0 }],
    [{ name: 'rmsprop' }, { alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weightDecay: 0 }],
    [{ name: 'adam' }, { beta1: 0.9, beta2: 0.999, eps: 1e-8, amsgrad: false, weightDecay: 0 }],
    [{ name: 'adamw' }, { beta1: 0.9, beta2: 0.999, eps: 1e-8, amsgrad: false, weightDecay: 0.01 }],
    [{ name: 'lion' }, { beta1: 0.9, beta2: 0.99, weightDecay: 0 }],
    [{ name: 'lars' }, { momentum: 0.9, trustCoefficient: 0.001, weightDecay: 0 }],
  ])('has the defaults of PyTorch, or of the paper: %j', (options, defaults) => {
    expect(optimiserSchema.parse(options)).toEqual({ ...options, ...defaults });
  });

  it.each([
    { name: 'adam', beta1: 1 },
    { name: 'adam', momentum: 0.9 },
    { name: 'adamw', eps: 0 },
    { name: 'rmsprop', alpha: -0.1 },
    { name: 'adagrad', lrDecay: -1 },
    { name: 'lion', eps: 1e-8 },
    { name: 'lars', trustCoefficient: 0 },
    { name: 'lars', decayExclude: 'bias' },
  ])('refuses %j', (options) => {
    expect(optimiserSchema.safeParse(options).success).toBe(false);
  });
});

describe('createOptimiser', () => {
  it('knows all of them, and what each keeps for a parameter', () => {
    expect(optimiserNames).toEqual(['sgd', 'adagrad', 'rmsprop', 'adam', 'adamw', 'lion', 'lars']);
    const vectors = (options: Options) => createOptimiser(optimiserSchema.parse(options)).stateVectors;
    expect(optimiserNames.map((name) => vectors({ name }))).toEqual([1, 1, 1, 2, 2, 1, 1]);
    expect(vectors({ name: 'adam', amsgrad: true })).toBe(3);
    expect(vectors({ name: 'rmsprop', momentum: 0.9 })).toBe(2);
    expect(vectors({ name: 'rmsprop', centered: true })).toBe(2);
    expect(vectors({ name: 'rmsprop', centered: true, momentum: 0.9 })).toBe(3);
    expect(createOptimiser(optimiserSchema.parse({ name: 'adagrad', initialAccumulator: 2 })).initialState).toEqual([
      2,
    ]);
  });

  it('asks for the tensors only where they make a difference', () => {
    const asked = (options: Options) => {
      const { perTensor, usesNorms } = createOptimiser(optimiserSchema.parse(options));
      return [perTensor, usesNorms];
    };
    expect(asked({ name: 'adam', weightDecay: 0.1 })).toEqual([false, false]);
    expect(asked({ name: 'adam', decayExclude: 'normAndBias' })).toEqual([false, false]);
    expect(asked({ name: 'adam', weightDecay: 0.1, decayExclude: 'normAndBias' })).toEqual([true, false]);
    expect(asked({ name: 'lars' })).toEqual([true, true]);
  });
});

describe('decayExclude', () => {
  const shapes = [[6, 7], [9]];
  const tensors = shapes.map((shape, i) => ({
    shape,
    values: pseudoRandom(
      shape.reduce((a, b) => a * b),
      i,
    ),
  }));
  const gradients = [tensors.map(({ values }, i) => pseudoRandom(values.length, 10 + i))];
  const run = (options: Options) =>
    runOptimiser({ optimiser: optimiserSchema.parse(options), tensors, gradients, rates: [0.1] });

  it.each(optimiserNames.filter((name) => name !== 'lars'))('%s: tensors of one axis do not decay', (name) => {
    const [weight, bias] = run({ name, weightDecay: 0.1, decayExclude: 'normAndBias' });
    const [decayedWeight, decayedBias] = run({ name, weightDecay: 0.1 });
    const [freeWeight, freeBias] = run({ name, weightDecay: 0 });
    expect(weight).toEqual(decayedWeight);
    expect(bias).toEqual(freeBias);
    expect([weight, bias]).not.toEqual([freeWeight, freeBias]);
    // Where Adam or Adagrad takes the first step, which has one size whatever the gradient, decay hardly shows.
    if (name !== 'adam' && name !== 'rmsprop' && name !== 'adagrad') expect(bias).not.toEqual(decayedBias);
  });

  it('lars: nor do they have a rate of their own', () => {
    const [weight, bias] = run({ name: 'lars', weightDecay: 0.1, decayExclude: 'normAndBias' });
    expect(weight).toEqual(run({ name: 'lars', weightDecay: 0.1 })[0]);
    const plain = tensors[1]!.values.map((value, i) => value - 0.1 * gradients[0]![1]![i]!);
    bias!.forEach((value, i) => {
      expect(value).toBeCloseTo(plain[i]!, 6);
    });
  });
});

describe('lars', () => {
  it('takes a step of trustCoefficient times the norm of the weights', () => {
    // Weights of norm 5 and a gradient of norm 13: λ = 0.01·5/13, so that the step has the norm 0.01·5.
    const [p] = runOptimiser({
      optimiser: optimiserSchema.parse({ name: 'lars', trustCoefficient: 0.01 }),
      tensors: [{ shape: [2, 1], values: Float32Array.of(3, 4) }],
      gradients: [[Float32Array.of(5, -12)]],
      rates: [1],
    });
    expect(p![0]).toBeCloseTo(3 - (0.05 * 5) / 13, 6);
    expect(p![1]).toBeCloseTo(4 + (0.05 * 12) / 13, 6);
  });

  it.each<[string, number[], number[], number[]]>([
    ['weights are', [0, 0], [1, -2], [-0.5, 1]],
    ['gradient is', [3, 4], [0, 0], [3, 4]],
  ])('takes the rate as it is where the %s zero', (_, values, gradient, expected) => {
    const [p] = runOptimiser({
      optimiser: optimiserSchema.parse({ name: 'lars' }),
      tensors: [{ shape: [2, 1], values: Float32Array.from(values) }],
      gradients: [[Float32Array.from(gradient)]],
      rates: [0.5],
    });
    expect([...p!]).toEqual(expected);
  });

  it('refuses an update without norms', () => {
    const kernels = new Kernels(kernelModule('default'), createMemory(0));
    const at = { parameters: 0, nextParameters: 0, gradient: 0, state: [0], nextState: [0], length: 4 };
    const update = { ...at, samples: 1, learningRate: 1, step: 0, tensor: { axes: 2 } };
    expect(() => createOptimiser(optimiserSchema.parse({ name: 'lars' })).update(kernels, update)).toThrowError(
      expect.objectContaining({ name: 'CoreError', code: 'OPTIMISER_INVALID' }),
    );
  });
});
