import { combineInTree, type Range } from '@lockstep/core';
import { ControlBlock, type ControlData } from '../control-block.ts';
import { SharedCollective } from '../shared-collective.ts';
import { workerSlices } from '../slices.ts';

/**
 * A small step that exercises the whole protocol: two buffers by parity, an exchange of shard rows before and after each
 * other, partial gradients, a reduction with an update, a commit, an all-gather. Its numbers mean nothing, but depend on
 * everything: on the order of every sum, on every exchange, on the step.
 */
export interface ToyPlan {
  readonly workers: number;
  readonly shards: number;
  /** Length of the vector of parameters. */
  readonly floats: number;
}

/** Everything a toy worker needs; posts as `workerData`. */
export interface ToyData {
  readonly plan: ToyPlan;
  readonly control: ControlData;
  readonly memories: readonly SharedArrayBuffer[];
  /** Word 0: how often a worker has announced itself. Word 1: written to all the time by a worker that loops. */
  readonly signals: Int32Array<SharedArrayBuffer>;
}

/** Where in a step a fault may strike: before each of its meetings, and in the exchange after the last one. */
export const faultPoints = ['start', 'rows', 'partials', 'update', 'gather'] as const;
export type FaultPoint = (typeof faultPoints)[number];

const blockFloats = 512;
const chunkFloats = 256;
const rowFloats = 6;

/** Byte offsets in each worker's memory. */
export function toyLayout({ shards, floats }: ToyPlan) {
  let end = 64;
  const place = (bytes: number) => {
    const at = end;
    end += Math.ceil(bytes / 64) * 64;
    return at;
  };
  const rowBytes = rowFloats * 4;
  const stride = Math.ceil(floats / 16) * 64;
  return {
    rowBytes,
    stride,
    parameters: [place(floats * 4), place(floats * 4)] as const,
    velocities: [place(floats * 4), place(floats * 4)] as const,
    rows: [place(shards * rowBytes), place(shards * rowBytes)] as const,
    partials: place(stride * shards),
    scratch: place(blockFloats * 4 * 8),
    bytes: end,
  };
}

export function createToy(plan: ToyPlan): ToyData {
  const layout = toyLayout(plan);
  const memories = Array.from({ length: plan.workers }, () => new SharedArrayBuffer(layout.bytes));
  const control = ControlBlock.create(plan.workers).data;
  const data = { plan, control, memories, signals: new Int32Array(new SharedArrayBuffer(8)) };
  initialiseToy(data);
  return data;
}

/** Back to before the first step. */
export function initialiseToy({ plan, control, memories, signals }: ToyData): void {
  const layout = toyLayout(plan);
  for (const memory of memories) {
    new Uint8Array(memory).fill(0);
    const initial = new Float32Array(memory, layout.parameters[0], plan.floats);
    initial.forEach((_, i) => {
      initial[i] = noise(7, i, 0);
    });
  }
  new ControlBlock(control).commit = 0;
  Atomics.store(signals, 0, 0);
}

/** One worker's side of the toy. */
export class ToyWorker {
  readonly control: ControlBlock;
  readonly #plan: ToyPlan;
  readonly #collective: SharedCollective;
  readonly #floats: Float32Array;
  readonly #slices: readonly Range[];

  constructor(data: ToyData, rank: number) {
    this.control = new ControlBlock(data.control);
    this.#plan = data.plan;
    this.#collective = new SharedCollective({ ...data.plan, ...data, control: this.control, rank, blockFloats });
    this.#floats = new Float32Array(data.memories[rank]!);
    this.#slices = workerSlices(data.plan.floats, data.plan.workers, chunkFloats);
  }

  /** Steps `from` (inclusive) to `to` (exclusive). `at` is called at each fault point. */
  run(from: number, to: number, at: (step: number, point: FaultPoint) => void): void {
    const collective = this.#collective;
    const layout = toyLayout(this.#plan);
    const floats = this.#floats;
    const slice = this.#slices[collective.rank]!;
    const reduction = collective.prepareReduction({ ...layout, ...slice });
    // After a failure a worker may lack what the others committed; gathering it again changes nothing.
    collective.allGather(layout.parameters[parity(from)], this.#slices);
    collective.allGather(layout.velocities[parity(from)], this.#slices);
    at(from, 'start');
    collective.meet();
    for (let step = from; step < to; step++) {
      const now = parity(step);
      const next = parity(step + 1);
      const current = layout.parameters[now] / 4;
      let statistic = 0;
      for (let exchange = 0; exchange < 3; exchange++) {
        if (exchange === 2) at(step, 'rows');
        statistic += this.#exchangeRows(layout.rows[parity(exchange)], current, step + exchange);
      }

      collective.ownSubtrees.forEach((subtree, index) => {
        for (let i = 0; i < this.#plan.floats; i++) {
          const values = [];
          for (let shard = subtree.begin; shard < subtree.end; shard++) {
            values.push(Math.fround(noise(step, i, shard) + Math.fround(statistic * floats[current + i]!)));
          }
          floats[(layout.partials + index * layout.stride) / 4 + i] = sumInTree(values);
        }
      });
      at(step, 'partials');
      collective.meet();

      reduction.run((begin, end, sum) => {
        for (let i = begin; i < end; i++) {
          const gradient = floats[sum / 4 + i - begin]!;
          const velocity = Math.fround(floats[layout.velocities[now] / 4 + i]! * 0.9 + gradient);
          floats[layout.velocities[next] / 4 + i] = velocity;
          floats[layout.parameters[next] / 4 + i] = Math.fround(floats[current + i]! - 0.01 * velocity);
        }
        if (begin === slice.begin) at(step, 'update');
      });
      if (slice.begin === slice.end) at(step, 'update');
      collective.meet(() => {
        this.control.commit = step + 1;
      });
      at(step, 'gather');
      collective.allGather(layout.parameters[next], this.#slices);
    }
    // Momentum stays with its slice; only a change of workers, or the end, needs it everywhere.
    collective.meet();
    collective.allGather(layout.velocities[parity(to)], this.#slices);
  }

  #exchangeRows(rows: number, current: number, salt: number): number {
    const { ownShards, shards } = this.#collective;
    const { rowBytes } = toyLayout(this.#plan);
    const row = (shard: number) => (rows + shard * rowBytes) / 4;
    for (let shard = ownShards.begin; shard < ownShards.end; shard++) {
      for (let j = 0; j < rowFloats; j++) {
        this.#floats[row(shard) + j] =
          noise(salt, j, shard) * this.#floats[current + ((shard * 31 + j) % this.#plan.floats)]!;
      }
    }
    this.#collective.gatherShardRows(rows, rowBytes);
    let statistic = 0;
    for (let j = 0; j < rowFloats; j++) {
      statistic += sumInTree(Array.from({ length: shards }, (_, shard) => this.#floats[row(shard) + j]!));
    }
    return Math.fround(statistic);
  }
}

function parity(step: number): 0 | 1 {
  return step % 2 === 0 ? 0 : 1;
}

function sumInTree(values: readonly number[]): number {
  return combineInTree(values, (left, right) => Math.fround(left + right)) ?? 0;
}

/** A float in [−1, 1) that depends on all three numbers. */
function noise(a: number, b: number, c: number): number {
  let hash = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b) ^ Math.imul(c + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return Math.fround((hash ^ (hash >>> 13)) / 2 ** 31);
}
