import { TrainerError } from './errors.ts';
import type { TrainOptions } from './options.ts';
import { defaultWorkers } from './trainer.ts';

/**
 * The shards of a batch where nobody chose them, a function of the batch alone: 16, but of four samples at least, since
 * each costs a partial sum of every gradient; and four, if there are samples for them, so that some cores have work.
 */
export const defaultShards = (batch: number): number =>
  Math.min(16, Math.max(Math.min(4, batch), Math.floor(batch / 4)));

/**
 * Samples of a ghost group; undefined where batch norm is over the whole batch.
 *
 * @throws TrainerError `TRAINER_OPTIONS` for groups larger than the batch
 */
export function ghostBatch({ batchNorm, batch }: Pick<TrainOptions, 'batchNorm' | 'batch'>): number | undefined {
  if (batchNorm === 'sync') return undefined;
  const samples = Number(batchNorm.slice('ghost:'.length));
  if (samples <= batch) return samples;
  throw new TrainerError(
    'TRAINER_OPTIONS',
    `expected ghost groups within a batch of ${batch}, got ${batchNorm}: use smaller groups, or --batch-norm sync`,
  );
}

/**
 * Where 'auto' stands, what it comes to.
 *
 * @throws TrainerError `TRAINER_OPTIONS` for more workers than shards, or more shards than ghost groups
 */
export function shardsAndWorkers(
  options: Pick<TrainOptions, 'accumulate' | 'batch' | 'batchNorm' | 'shards' | 'workers'>,
): {
  shards: number;
  workers: number;
} {
  const ghost = ghostBatch(options);
  const { accumulate } = options;
  const batch = options.batch * accumulate;
  const groups = ghost === undefined ? Number.POSITIVE_INFINITY : Math.ceil(batch / ghost);
  const shards =
    options.shards === 'auto' ? Math.max(accumulate, Math.min(groups, defaultShards(batch))) : options.shards;
  if (shards < accumulate) {
    throw new TrainerError(
      'TRAINER_OPTIONS',
      `expected a shard for each of the ${accumulate} batches of a step, got ${shards} shards: use --shards ${accumulate} or more, or a ` +
        'smaller --accumulate',
    );
  }
  if (shards > groups) {
    throw new TrainerError(
      'TRAINER_OPTIONS',
      `expected at most as many shards as ghost groups, since a group lies within a shard; got ${shards} shards for ${groups} groups of ` +
        `${ghost} in a batch of ${batch}: use --shards ${groups} or fewer, or smaller groups`,
    );
  }
  const workers = options.workers === 'auto' ? defaultWorkers(Math.ceil(shards / accumulate)) : options.workers;
  if (workers > shards) {
    throw new TrainerError(
      'TRAINER_OPTIONS',
      `expected at most as many workers as shards, got ${workers} workers for ${shards} shards: ` +
        `use --workers ${shards} or fewer, or --shards ${workers} (which changes the bits)`,
    );
  }
  return { shards, workers };
}
