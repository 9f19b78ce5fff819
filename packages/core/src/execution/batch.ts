import { CoreError } from '../errors.ts';
import type { Shard } from '../layers/layer.ts';
import { type Range, shardSamples } from '../parallel/shards.ts';
import type { ReplicaOptions } from '../plan/replica-plan.ts';

/** Where a batch is in a run. */
export interface BatchPlace {
  /** The run's. */
  readonly seed?: number;
  readonly epoch?: number;
  /** Of the batch's first sample in the epoch. */
  readonly firstPosition?: number;
  /** Whether less is trained as yet, as the plan's `frozenInWarmUp` has it. */
  readonly warmUp?: boolean;
}

/** The batch at hand: how many samples it has, where it is in the run, and which of the two states it reads. */
export class Batch {
  readonly #options: ReplicaOptions;
  /** Samples of each shard of the batch, everybody's. */
  readonly #shardImages: number[];
  /** Of the whole batch; 0 before the first one. */
  samples = 0;
  /** Which state is the current one; the other receives the next. */
  parity: 0 | 1 = 0;
  place: Required<BatchPlace> = { seed: 0, epoch: 0, firstPosition: 0, warmUp: false };
  /** Whether a micro-batch of this batch has written the next running statistics. */
  begun = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#shardImages = new Array<number>(options.shards).fill(0);
  }

  /** @throws CoreError `BATCH_INVALID` */
  begin(samples: number, parity: 0 | 1, { seed = 0, epoch = 0, firstPosition = 0, warmUp = false }: BatchPlace): void {
    const { batch, shards } = this.#options;
    if (!Number.isInteger(samples) || samples < 1 || samples > batch) {
      throw new CoreError('BATCH_INVALID', `expected a batch of 1 to ${batch} samples, got ${samples}`);
    }
    this.samples = samples;
    this.parity = parity;
    this.place = { seed, epoch, firstPosition, warmUp };
    for (let shard = 0; shard < shards; shard++) {
      const { begin, end } = this.positions(shard);
      this.#shardImages[shard] = end - begin;
    }
  }

  get nextParity(): 0 | 1 {
    return this.parity === 0 ? 1 : 0;
  }

  /** The samples of a shard, as positions in the batch. */
  positions(shard: Shard['index']): Range {
    const { shards, ghostBatch } = this.#options;
    return shardSamples(shard, shards, this.samples, ghostBatch);
  }

  shardSamples(shard: Shard['index']): number {
    return this.#shardImages[shard]!;
  }

  samplesOf({ begin, end }: Range): number {
    return this.#shardImages.slice(begin, end).reduce((sum, images) => sum + images, 0);
  }
}
