import { type Collective, type Range, workerPart, workerShards, workerSubtrees } from '@lockstep/core';
import { Barrier, type BarrierOptions } from './barrier.ts';
import type { ControlBlock } from './control-block.ts';
import { ParallelArgumentError } from './errors.ts';
import { type ReductionProgram, reductionProgram } from './reduction-program.ts';
import { defaultBlockFloats } from './reduction-scratch.ts';
import { type ConsumeSum, type ReductionSpec, TreeReduction } from './tree-reduction.ts';

/** A memory that all threads see: a `SharedArrayBuffer`, or a `WebAssembly.Memory` made with `shared: true`. */
export type SharedMemory = SharedArrayBuffer | WebAssembly.Memory;

/** What makes up a collective. All of it posts to a worker but for `control`, which posts as its `data`. */
export interface SharedCollectiveOptions {
  readonly control: ControlBlock;
  /** The memory of every worker, by rank. They must not grow. */
  readonly memories: readonly SharedMemory[];
  readonly rank: number;
  /** Number of logical shards; at least the number of workers. */
  readonly shards: number;
  /** Floats in a block of a reduction: a few of them should fit the cache. Default: 8192, 32 KiB. No bit depends on it. */
  readonly blockFloats?: number;
  readonly barrier?: BarrierOptions;
  /** Where the shards are computed in several micro-batches, one after the other: each worker has a part of each. Default: 1. */
  readonly microBatches?: number | undefined;
}

/** A vector of which each worker holds one partial for each of its `ownSubtrees`, and which is cut into slices. */
export interface VectorSpec extends Omit<ReductionSpec, 'begin' | 'end'> {
  /** The floats that each worker sums, by rank, such as from `workerSlices`. */
  readonly slices: readonly Range[];
  /** Byte offset of the sum, the same in every worker's memory. */
  readonly destination: number;
}

/**
 * The exchanges between the workers of one process, each with a memory of its own that the others can read.
 *
 * Everyone only ever writes to its own memory, and reads the others' between two meetings. So the one rule is: *what
 * others read stays until the next meeting.* Each method says which meetings it holds itself. All workers must call the
 * same methods that meet, in the same order.
 *
 * Ordering: a meeting is the only point of order. What any worker wrote before it came to a meeting, to whichever memory,
 * every worker sees that has left it ({@link Barrier}). What a worker writes after a meeting others may see at once, later, or
 * in part, until the next one. Reads and writes in between are plain ones, and cost nothing extra.
 *
 * Traffic is given in bytes a worker reads from the memories of others for one call; it writes as many to its own. For a
 * vector of F floats, N workers and S subtrees of shards in all (N where each has one):
 *
 *     gatherShardRows  (shards − own shards) · rowBytes        one meeting
 *     copyShardRows    the same                                none
 *     reduceScatter    (S − own subtrees) · 4F/N               one
 *     allGather        4F · (N − 1)/N                          none
 *     allReduce        both of these                           two
 *     broadcast        bytes, and none for the root            one
 *
 * Pointers are byte offsets, the same in every worker's memory.
 */
export class SharedCollective implements Collective {
  readonly rank: number;
  readonly size: number;
  readonly shards: number;
  readonly ownShards: Range;
  /** The largest subtrees of shards that this worker owns, from left to right: it makes one partial sum for each. */
  readonly ownSubtrees: readonly Range[];
  /** Bytes of scratch that a reduction of this worker needs; of the neediest worker: `reductionScratchBytes`. */
  readonly scratchBytes: number;
  readonly #control: ControlBlock;
  readonly #barrier: Barrier;
  readonly #floats: readonly Float32Array[];
  readonly #bytes: readonly Uint8Array[];
  readonly #program: ReductionProgram;
  readonly #blockFloats: number;

  /** @throws {ParallelArgumentError} The parts do not fit together. */
  constructor(options: SharedCollectiveOptions) {
    const { control, memories, rank, shards, blockFloats = defaultBlockFloats, microBatches = 1 } = options;
    if (memories.length !== control.workers) {
      throw new ParallelArgumentError(`A collective of ${control.workers} workers got ${memories.length} memories`);
    }
    if (!Number.isSafeInteger(rank) || rank < 0 || rank >= control.workers) {
      throw new ParallelArgumentError(`A rank must be in 0…${control.workers - 1}, not ${rank}`);
    }
    if (!Number.isSafeInteger(shards) || shards < control.workers) {
      throw new ParallelArgumentError(
        `${control.workers} workers need at least as many shards, not ${shards}: use fewer workers or more shards`,
      );
    }
    if (!Number.isSafeInteger(blockFloats) || blockFloats < 1) {
      throw new ParallelArgumentError(`A block must have a whole number of floats above 0, not ${blockFloats}`);
    }
    this.rank = rank;
    this.size = control.workers;
    this.shards = shards;
    this.ownShards = workerShards(rank, this.size, shards);
    this.ownSubtrees = workerSubtrees(rank, this.size, shards, microBatches);
    this.#control = control;
    this.#barrier = new Barrier(control, rank, options.barrier);
    const buffers = memories.map(sharedBufferOf);
    this.#floats = buffers.map((buffer) => new Float32Array(buffer));
    this.#bytes = buffers.map((buffer) => new Uint8Array(buffer));
    this.#program = reductionProgram(shards, this.size, rank, microBatches);
    this.#blockFloats = blockFloats;
    this.scratchBytes = this.#program.slots * blockFloats * 4;
  }

  /** Tells the watchdog that this worker makes progress, in work that may be long. */
  beat(): void {
    this.#control.beat(this.rank);
  }

  /** Waits for all workers; see {@link Barrier.meet}. */
  meet(onLast?: () => void): void {
    this.#barrier.meet(onLast);
  }

  /**
   * An all-gather of one row a shard. The row of shard s is at `pointer + s * rowBytes`, written by its owner before the
   * call; after it this worker has all rows.
   *
   * Holds one meeting, before it copies. So a worker that comes back may find others still copying from its rows, and
   * must not write to them before the next meeting: with two places by turns, the meeting of the next call is that one.
   *
   * Traffic: (shards − own shards) · rowBytes read from others, and written.
   */
  gatherShardRows(pointer: number, rowBytes: number, range?: Range): void {
    this.meet();
    this.copyShardRows(pointer, rowBytes, range);
  }

  /**
   * The same without the meeting, for rows that were written before the last one; the owners must not write to them before the
   * next. Traffic: the same.
   */
  copyShardRows(pointer: number, rowBytes: number, range: Range = { begin: 0, end: this.shards }): void {
    for (let other = 0; other < this.size; other++) {
      if (other === this.rank) continue;
      const { begin, end } = workerPart(other, this.size, range);
      this.#copy(other, pointer + begin * rowBytes, pointer + end * rowBytes);
    }
  }

  /** A reduction to be run in every step. The scratch may serve several that do not run at the same time. */
  prepareReduction(spec: ReductionSpec): TreeReduction {
    return new TreeReduction(this.#program, this.#floats, this.rank, this.#blockFloats, spec);
  }

  /**
   * Sums the floats [begin, end) over all shards in the order of the fixed tree, block by block: the same bits whatever
   * the number of workers. Meets nobody: meet before, so that the partials are there, and again before they are
   * overwritten. Prepares the reduction anew each time (two small objects a block); in a loop use
   * {@link prepareReduction}.
   */
  reduceRange(spec: ReductionSpec & { readonly consume: ConsumeSum }): void {
    this.prepareReduction(spec).run(spec.consume);
  }

  /**
   * Copies the other workers' ranges of a vector at `pointer` (`ranges[rank]`, in floats) into this worker's memory.
   * Meets nobody: meet before, so that the ranges are written, and again before they are overwritten.
   *
   * Traffic: the bytes of the others' ranges read, and written.
   *
   * @throws {ParallelArgumentError} There is not one range a worker, or one reaches beyond a memory.
   */
  allGather(pointer: number, ranges: readonly Range[]): void {
    if (ranges.length !== this.size) {
      throw new ParallelArgumentError(`An all-gather of ${this.size} workers got ${ranges.length} ranges`);
    }
    // Each begins with its right-hand neighbour, so that not all read the same memory at the same time.
    for (let i = 1; i < this.size; i++) {
      const other = (this.rank + i) % this.size;
      const { begin, end } = ranges[other]!;
      if (end > begin) this.#copy(other, pointer + begin * 4, pointer + end * 4);
    }
  }

  /**
   * Sums this worker's slice of a vector into `destination + slice.begin * 4`. Holds one meeting, before it reads; the
   * partials must stay until the next one. The sum is this worker's to read and write; others see it after the next meeting.
   *
   * Traffic: that of a {@link TreeReduction} of the slice.
   *
   * @throws {ParallelArgumentError} There is not one slice a worker, or something reaches beyond a memory.
   */
  reduceScatter(spec: VectorSpec): void {
    if (spec.slices.length !== this.size) {
      throw new ParallelArgumentError(`A reduction of ${this.size} workers got ${spec.slices.length} slices`);
    }
    this.meet();
    const floats = this.#floats[this.rank]!;
    this.reduceRange({
      ...spec,
      ...spec.slices[this.rank]!,
      consume: (begin, end, sum) => {
        floats.copyWithin(spec.destination / 4 + begin, sum / 4, sum / 4 + end - begin);
      },
    });
  }

  /**
   * Sums a vector and gives everybody all of it, at `destination`. Holds two meetings: the partials may be overwritten
   * when it returns, the sum must stay until the next meeting (that of the next `allReduce` will do).
   *
   * Traffic: that of the reduction of one slice ({@link TreeReduction}) and the bytes of the others' slices.
   */
  allReduce(spec: VectorSpec): void {
    this.reduceScatter(spec);
    this.meet();
    this.allGather(spec.destination, spec.slices);
  }

  /**
   * Copies `bytes` bytes at `pointer` from the memory of `root` to everybody's. Holds one meeting, before it copies; the
   * root's bytes must stay until the next one. Traffic: `bytes` read from the root, and written; the root: none.
   *
   * @throws {ParallelArgumentError} There is no worker `root`, or the bytes reach beyond a memory.
   */
  broadcast(pointer: number, bytes: number, root = 0): void {
    if (this.#bytes[root] === undefined) {
      throw new ParallelArgumentError(`The root of a broadcast must be in 0…${this.size - 1}, not ${root}`);
    }
    this.meet();
    if (root !== this.rank) this.#copy(root, pointer, pointer + bytes);
  }

  /** Plain, unordered reads of what another worker has written: the meeting before orders them. */
  #copy(from: number, begin: number, end: number): void {
    const bytes = Math.min(this.#bytes[from]!.length, this.#bytes[this.rank]!.length);
    // A view would be cut off there without a word.
    if (!(begin >= 0 && begin <= end && end <= bytes)) {
      throw new ParallelArgumentError(
        `Bytes [${begin}, ${end}) of worker ${from} are not within the memories of ${bytes} bytes`,
      );
    }
    this.#bytes[this.rank]!.set(this.#bytes[from]!.subarray(begin, end), begin);
  }
}

function sharedBufferOf(memory: SharedMemory, rank: number): SharedArrayBuffer {
  const buffer = 'buffer' in memory ? memory.buffer : memory;
  if (buffer instanceof SharedArrayBuffer) return buffer;
  throw new ParallelArgumentError(
    `The memory of worker ${rank} is not shared: make it with \`new WebAssembly.Memory({ …, shared: true })\` or as a SharedArrayBuffer`,
  );
}
