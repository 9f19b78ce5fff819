import { availableParallelism } from 'node:os';
import { AskedThread } from './asked-thread.ts';
import type { DecodeTask } from './decode-thread.ts';
import { DataError } from './errors.ts';

/** Those that there are: one more whenever all are busy, up to as many as there are cores. */
const threads = new Set<AskedThread<DecodeTask, boolean>>();

/**
 * Has a thread decode a JPEG into shared memory, with its own kernels.
 *
 * @returns whether it did: not where the picture is no JPEG, of a kind that is left to sharp, or damaged
 */
export async function decodeInThread(task: DecodeTask): Promise<boolean> {
  let thread = leastBusy();
  if ((thread === undefined || thread.pending > 0) && threads.size < availableParallelism()) {
    const started = new AskedThread<DecodeTask, boolean>('decode-thread', undefined, (what, cause) => {
      threads.delete(started);
      const text = `decodeImage: expected its threads to live, one ${what}; try again, with smaller pictures if memory is short`;
      return new DataError('DATA_THREAD', text, { cause });
    });
    threads.add(started);
    thread = started;
  }
  if (typeof task.source === 'string') return await thread!.ask(task);
  // Posting a part of a buffer would copy all of it.
  const source = new Uint8Array(task.source);
  return await thread!.ask({ ...task, source }, [source.buffer]);
}

function leastBusy(): AskedThread<DecodeTask, boolean> | undefined {
  let least: AskedThread<DecodeTask, boolean> | undefined;
  for (const thread of threads) if (least === undefined || thread.pending < least.pending) least = thread;
  return least;
}
