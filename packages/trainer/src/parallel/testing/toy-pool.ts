import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ControlBlock } from '../control-block.ts';
import { ReplicaPool, type ReplicaPoolOptions } from '../replica-pool.ts';
import { createToy, type ToyData, type ToyPlan, toyLayout } from './toy-step.ts';
import type { Fault, ToyTask } from './toy-worker.ts';

// Threads inherit it. Each of them would strip the types of the worker's files anew, which takes a fifth of a second
// under the flags of the tests.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../../../../node_modules/.cache/lockstep-tests', import.meta.url),
);

export type ToyPool = ReturnType<typeof createToyPool>;

/** A pool of toy workers, with what tests ask of it. */
export function createToyPool(plan: ToyPlan, options: Partial<ReplicaPoolOptions> = {}) {
  const data: ToyData = createToy(plan);
  const control = new ControlBlock(data.control);
  const pool = new ReplicaPool({
    control,
    filename: new URL('./toy-worker.ts', import.meta.url),
    workerData: data,
    ...options,
  });
  return {
    data,
    control,
    pool,
    /** Runs from the committed step to `to`. */
    steps: (to: number, fault?: Fault) => {
      const from = control.commit;
      return pool.run<number>('step', (rank): ToyTask => ({ rank, from, to, fault }));
    },
    /** Waits, without blocking, until workers have announced themselves `times` times since the pool was made. */
    announced: async (times: number) => {
      for (let seen = 0; seen < times; seen = Atomics.load(data.signals, 0)) {
        await Atomics.waitAsync(data.signals, 0, seen).value;
      }
    },
    /** The hash of parameters and momentum of each worker after `steps` steps. */
    hashes: (steps: number) => {
      const layout = toyLayout(plan);
      return data.memories.map((memory) => {
        const hash = createHash('sha256');
        for (const place of [layout.parameters, layout.velocities]) {
          hash.update(new Uint8Array(memory, place[steps % 2]!, plan.floats * 4));
        }
        return hash.digest('hex');
      });
    },
  };
}
