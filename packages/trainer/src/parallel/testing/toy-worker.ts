import { pbkdf2Sync } from 'node:crypto';
import { threadId, workerData } from 'node:worker_threads';
import { ControlBlock } from '../control-block.ts';
import { runReplicaTask } from '../replica-task.ts';
import { SharedCollective, type SharedMemory } from '../shared-collective.ts';
import { workerSlices } from '../slices.ts';
import { type FaultPoint, type ToyData, ToyWorker } from './toy-step.ts';

export type FaultKind = 'throw' | 'exit' | 'terminate' | 'loop' | 'uncaught' | 'unhandled' | 'memory';

export interface Fault {
  readonly kind: FaultKind;
  readonly rank: number;
  readonly step: number;
  readonly point: FaultPoint;
}

export interface ToyTask {
  readonly rank: number;
  readonly from: number;
  readonly to: number;
  readonly fault?: Fault | undefined;
}

/** The error of the fault `throw`. */
export class ToyError extends TypeError {
  override readonly name = 'ToyError';
  readonly code = 'ERR_TOY';
}

const data = workerData as ToyData;
const control = new ControlBlock(data.control);
const workers = new Map<number, ToyWorker>();

export function step({ rank, from, to, fault }: ToyTask) {
  return runReplicaTask(control, rank, () => {
    let worker = workers.get(rank);
    if (worker === undefined) {
      worker = new ToyWorker(data, rank);
      workers.set(rank, worker);
    }
    worker.run(from, to, (step, point) => {
      if (fault !== undefined && fault.rank === rank && fault.step === step && fault.point === point) {
        strike(fault.kind);
      }
    });
    return rank * 10;
  });
}

function strike(kind: FaultKind): void {
  switch (kind) {
    case 'throw':
      throw new ToyError('the kernel blew up', { cause: new RangeError('the inner reason', { cause: 'bad luck' }) });
    case 'exit':
      process.exit(3);
      break;
    case 'terminate':
      announce();
      for (;;) Atomics.add(data.signals, 1, 1);
    case 'loop':
      for (;;) Atomics.add(data.signals, 1, 1);
    case 'uncaught':
      setImmediate(() => {
        throw new ToyError('thrown from a callback');
      });
      break;
    case 'unhandled':
      // The fault to be noticed: a promise that nobody handles.
      void Promise.reject(new ToyError('a promise left behind'));
      break;
    case 'memory': {
      const hoard: number[][] = [];
      for (;;) hoard.push(new Array<number>(100_000).fill(hoard.length));
    }
  }
}

/** Tells the test, through `signals`, that this worker has got somewhere. */
function announce(): void {
  Atomics.add(data.signals, 0, 1);
  Atomics.notify(data.signals, 0);
}

/** Rank 0 never comes to the meeting, and does not look at the abort flag; the others wait for it. */
export function hold({ rank }: { rank: number }) {
  return runReplicaTask(control, rank, () => {
    announce();
    if (rank === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    collectiveOf(rank).meet();
  });
}

/** Rank 0 is in the middle of something that not even the end of its thread interrupts. */
export function immovable({ rank }: { rank: number }) {
  return runReplicaTask(control, rank, () => {
    announce();
    if (rank === 0) pbkdf2Sync('password', 'salt', 2_000_000, 64, 'sha512');
    collectiveOf(rank).meet();
  });
}

/** All wait for a worker that computes for long, but looks at the abort flag. */
export function polite({ rank }: { rank: number }) {
  return runReplicaTask(control, rank, () => {
    announce();
    if (rank === 0) for (;;) control.throwIfAborted();
    collectiveOf(rank).meet();
    return threadId;
  });
}

/** Meets often, with a counter that only the last to arrive touches and everyone checks. Returns the last count. */
export function count({ rank, rounds, counter }: { rank: number; rounds: number; counter: Int32Array }) {
  return runReplicaTask(control, rank, () => {
    const collective = collectiveOf(rank);
    for (let round = 1; round <= rounds; round++) {
      // Not atomic on purpose: the meeting has to order it.
      collective.meet(() => {
        counter[0]!++;
      });
      if (counter[0] !== round) throw new Error(`the counter is ${counter[0]} in round ${round}`);
      collective.meet();
    }
    return counter[0];
  });
}

/** The exchanges that meet, one after the other, each with its sums checked. */
export function exchanges({ rank, memories, rounds }: { rank: number; memories: SharedMemory[]; rounds: number }) {
  return runReplicaTask(control, rank, () => {
    const { workers, shards, floats: length } = data.plan;
    const collective = new SharedCollective({ control, memories, rank, shards, blockFloats: 16 });
    const memory = memories[rank]!;
    const floats = new Float32Array('buffer' in memory ? memory.buffer : memory);
    const vector = {
      partials: 0,
      stride: 512,
      scratch: 4096,
      destination: 8192,
      slices: workerSlices(length, workers, 8),
    };
    const own = vector.slices[rank]!;
    const rows = [12_288, 14_336];
    const check = (what: string, pointer: number, i: number, expected: number) => {
      const actual = floats[pointer / 4 + i];
      if (actual !== expected) throw new Error(`${what}: element ${i} of worker ${rank} is ${actual}, not ${expected}`);
    };
    for (let round = 0; round < rounds; round++) {
      const fill = () => {
        collective.ownSubtrees.forEach(({ begin, end }, index) => {
          for (let i = 0; i < length; i++) floats[index * 128 + i] = (end - begin) * (i + round);
        });
      };
      fill();
      collective.allReduce(vector);
      for (let i = 0; i < length; i++) check('allReduce', vector.destination, i, shards * (i + round));

      fill();
      collective.reduceScatter(vector);
      for (let i = own.begin; i < own.end; i++) check('reduceScatter', vector.destination, i, shards * (i + round));
      collective.meet();

      for (let i = 0; i < length; i++) floats[vector.destination / 4 + i] = rank === round % workers ? i - round : -1;
      collective.broadcast(vector.destination, length * 4, round % workers);
      for (let i = 0; i < length; i++) check('broadcast', vector.destination, i, i - round);

      // Two in a row, into two places by turns, with no meeting but their own.
      for (const pointer of rows) {
        for (let shard = collective.ownShards.begin; shard < collective.ownShards.end; shard++) {
          floats.fill(shard * 100 + round, pointer / 4 + shard * 3, pointer / 4 + shard * 3 + 3);
        }
        collective.gatherShardRows(pointer, 12);
        for (let i = 0; i < shards * 3; i++) check('gatherShardRows', pointer, i, Math.floor(i / 3) * 100 + round);
      }
    }
    return 'all as expected';
  });
}

/** Worker 0 leaves without a meeting that the others come to. */
export function uneven({ rank }: { rank: number }) {
  return runReplicaTask(control, rank, () => {
    if (rank !== 0) collectiveOf(rank).meet();
  });
}

/** Longer than the watchdog's timeout, but with signs of life. */
export function beating({ rank, milliseconds }: { rank: number; milliseconds: number }) {
  return runReplicaTask(control, rank, () => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end) control.beat(rank);
    return 'alive';
  });
}

/** Steps until the main thread asks to stop; all workers must agree on the last one. */
export function untilStopped({ rank }: { rank: number }) {
  return runReplicaTask(control, rank, () => {
    const collective = collectiveOf(rank);
    for (let step = 1; ; step++) {
      collective.meet(() => control.publishStop());
      if (step === 50) announce();
      if (control.stopPublished) return step;
    }
  });
}

/** Everything that a caller may get wrong. */
export function unwrapped() {
  return 42;
}
export function unwrappedThrow() {
  throw new ToyError('not wrapped');
}
export function asynchronous({ rank }: { rank: number }) {
  return runReplicaTask(control, rank, async () => {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    if (rank === 1) throw new ToyError('after an await');
    collectiveOf(rank).meet();
  });
}
/** Ends the thread when it is idle again. */
export function afterwards({ rank }: { rank: number }) {
  return runReplicaTask(control, rank, () => {
    if (rank === 0) setTimeout(() => Promise.reject(new ToyError('after the task')), 0);
    return rank;
  });
}

function collectiveOf(rank: number): SharedCollective {
  return new SharedCollective({ ...data, control, rank, shards: data.plan.shards });
}
