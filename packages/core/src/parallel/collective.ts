import type { Range } from './shards.ts';

/**
 * What a worker that computes some shards of a batch needs from the others. `core` knows nothing else of them: not
 * whether they are threads, nor how many hosts they are on.
 *
 * Pointers are byte offsets into the replica's memory, and the same in every replica.
 */
export interface Collective {
  /** This worker's number, in [0, size). */
  readonly rank: number;
  readonly size: number;
  /** Number of logical shards of a batch. */
  readonly shards: number;

  /**
   * An all-gather of one row a shard. The row of shard s is at `pointer + s * rowBytes`, written by its owner before the
   * call; after it every replica has all rows. One meeting of all workers: the caller alternates between two places, so
   * that nobody overwrites what another still reads.
   *
   * @param range only the rows of these shards, of which each worker has its part ({@link workerPart}). Default: of all
   */
  gatherShardRows(pointer: number, rowBytes: number, range?: Range): void;

  /** The same without the meeting, for rows that were written before the last one. They must stay until the next. */
  copyShardRows(pointer: number, rowBytes: number, range?: Range): void;

  /** Called between the parts of a step, which may be long: for whoever watches that this worker makes progress. */
  beat?(): void;
}

/** The collective of one worker that has all the shards: there is nobody to meet. */
export class SoloCollective implements Collective {
  readonly rank = 0;
  readonly size = 1;
  readonly shards: number;

  constructor(shards: number) {
    this.shards = shards;
  }

  gatherShardRows(): void {}

  copyShardRows(): void {}
}
