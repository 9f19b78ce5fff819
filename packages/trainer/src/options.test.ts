import { optimiserNames } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { ghostBatch, optimisation, type TrainOptionsInput, trainOptionsSchema } from './options.ts';
import { shardsAndWorkers } from './prepare.ts';

describe('ghostBatch', () => {
  it('is the number behind ghost:, within the batch', () => {
    expect(ghostBatch(trainOptionsSchema.parse({}))).toBeUndefined();
    expect(ghostBatch(trainOptionsSchema.parse({ batchNorm: 'ghost:32' }))).toBe(32);
    expect(ghostBatch({ batchNorm: 'ghost:16', batch: 16 })).toBe(16);
    expect(() => ghostBatch({ batchNorm: 'ghost:17', batch: 16 })).toThrow(
      'expected ghost groups within a batch of 16, got ghost:17: use smaller groups, or --batch-norm sync',
    );
  });

  it.each(['ghost', 'ghost:', 'ghost:0', 'ghost:-1', 'ghost:1.5', 'ghost:8 ', 'batch'])('is not of %j', (batchNorm) => {
    expect(trainOptionsSchema.safeParse({ batchNorm }).success).toBe(false);
  });

  it.each<[TrainOptionsInput, number]>([
    [{ batch: 128 }, 16],
    [{ batch: 128, batchNorm: 'ghost:8' }, 16],
    [{ batch: 128, batchNorm: 'ghost:32' }, 4],
    [{ batch: 100, batchNorm: 'ghost:32', shards: 3 }, 3],
  ])('leaves a group a shard at least: %j', (input, shards) => {
    expect(shardsAndWorkers({ ...trainOptionsSchema.parse(input), workers: 1 }).shards).toBe(shards);
  });

  it.each<[TrainOptionsInput, number]>([
    [{ batch: 32, accumulate: 4 }, 16],
    [{ batch: 4, accumulate: 4 }, 4],
    [{ batch: 1, accumulate: 8 }, 8],
    [{ batch: 32, accumulate: 4, batchNorm: 'ghost:32' }, 4],
  ])('is of the whole step, which has a shard for each of its batches: %j', (input, shards) => {
    expect(shardsAndWorkers({ ...trainOptionsSchema.parse(input), workers: 1 }).shards).toBe(shards);
  });

  it('refuses fewer shards than batches of a step', () => {
    const options = trainOptionsSchema.parse({ accumulate: 8, shards: 4 });
    expect(() => shardsAndWorkers(options)).toThrow(
      'expected a shard for each of the 8 batches of a step, got 4 shards: use --shards 8 or more, or a smaller --accumulate',
    );
  });

  it('refuses more shards than groups', () => {
    const options = trainOptionsSchema.parse({ batch: 100, batchNorm: 'ghost:32', shards: 8 });
    expect(() => shardsAndWorkers(options)).toThrow(
      expect.objectContaining({
        code: 'TRAINER_OPTIONS',
        message:
          'expected at most as many shards as ghost groups, since a group lies within a shard; got 8 shards for 4 groups of 32 in a batch ' +
          'of 100: use --shards 4 or fewer, or smaller groups',
      }),
    );
  });
});

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
