import { optimiserNames } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { optimisation } from './optimisation.ts';
import { type TrainOptionsInput, trainOptionsSchema } from './options.ts';

const chosen = (input: TrainOptionsInput) => optimisation(trainOptionsSchema.parse(input));

describe('optimisation', () => {
  it.each<[TrainOptionsInput, number, object]>([
    [{}, 0.1, { name: 'sgd', momentum: 0.9, weightDecay: 1e-4, nesterov: true }],
    [{ optimizer: 'adagrad' }, 0.01, { name: 'adagrad', eps: 1e-10, weightDecay: 0 }],
    [{ optimizer: 'rmsprop' }, 1e-3, { name: 'rmsprop', alpha: 0.99, momentum: 0, eps: 1e-8, weightDecay: 0 }],
    [{ optimizer: 'adam' }, 1e-3, { name: 'adam', beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 }],
    [{ optimizer: 'adamw' }, 1e-3, { name: 'adamw', beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 }],
    [{ optimizer: 'lion' }, 1e-4, { name: 'lion', beta1: 0.9, beta2: 0.99, weightDecay: 0 }],
    [{ optimizer: 'lars' }, 1, { name: 'lars', momentum: 0.9, trustCoefficient: 0.001, weightDecay: 1e-4 }],
  ])('of %j', (input, learningRate, optimiser) => {
    const result = chosen(input);
    expect(result.optimiser).toMatchObject(optimiser);
    expect(result.schedule.learningRate).toBe(learningRate);
    expect(result.gradientClip).toBeUndefined();
  });

  it('takes what was given', () => {
    const given = { beta1: 0.5, beta2: 0.9, eps: 1e-3, weightDecay: 0.2, decayExclude: 'normAndBias' } as const;
    const { optimiser, schedule, gradientClip } = chosen({ optimizer: 'adamw', lr: 0.02, clipNorm: 3, ...given });
    expect(optimiser).toEqual({ name: 'adamw', amsgrad: false, ...given });
    expect(schedule.learningRate).toBe(0.02);
    expect(gradientClip).toEqual({ norm: 3 });
  });

  it('has no Nesterov without momentum', () => {
    expect(chosen({ momentum: 0 }).optimiser).toMatchObject({ momentum: 0, nesterov: false });
    expect(chosen({ nesterov: false }).optimiser).toMatchObject({ momentum: 0.9, nesterov: false });
  });

  it.each<[TrainOptionsInput, string]>([
    [
      { optimizer: 'adam', momentum: 0.9 },
      'adam has no option momentum: leave it out; it has weightDecay, decayExclude, beta1, beta2, eps',
    ],
    [{ beta1: 0.9 }, 'sgd has no option beta1: leave it out; it has momentum, weightDecay, decayExclude'],
    [
      { optimizer: 'lion', eps: 1e-8 },
      'lion has no option eps: leave it out; it has weightDecay, decayExclude, beta1, beta2',
    ],
  ])('refuses %j', (input, message) => {
    expect(() => chosen(input)).toThrow(expect.objectContaining({ code: 'TRAINER_OPTIONS', message }));
  });

  it('names every optimiser where it tells the learning rates', () => {
    for (const name of optimiserNames) expect(trainOptionsSchema.shape.lr.description).toContain(` for ${name}`);
  });
});
