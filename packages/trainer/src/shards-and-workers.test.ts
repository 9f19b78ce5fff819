import { describe, expect, it } from 'vitest';
import { type TrainOptionsInput, trainOptionsSchema } from './options.ts';
import { ghostBatch, shardsAndWorkers } from './shards-and-workers.ts';

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
