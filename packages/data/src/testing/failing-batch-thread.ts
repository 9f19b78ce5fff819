/** The thread of a `BatchLoader` that dies of what it is asked for: in epoch 1 it ends, in 2 it throws, in 3 memory runs out. */
import { parentPort } from 'node:worker_threads';
import type { BatchPart } from '../batch-thread.ts';

parentPort!.on('message', ({ epoch }: BatchPart) => {
  if (epoch === 1) process.exit(3);
  if (epoch === 2) throw new TypeError('of no use');
  const all: unknown[] = [];
  while (epoch === 3) all.push(new Array(10_000).fill(all.length));
});
await import('../batch-thread.ts');
