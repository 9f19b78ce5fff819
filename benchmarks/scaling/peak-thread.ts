/** One thread of `concurrentPeak`. */
import { parentPort, workerData } from 'node:worker_threads';
import { type KernelBuild, registerTilePeak } from '@lockstep/kernels';

export interface PeakThread {
  readonly build: KernelBuild;
  readonly threads: number;
  /** How many have begun, and how many have measured. */
  readonly counts: Int32Array<SharedArrayBuffer>;
}

const { build, threads, counts } = workerData as PeakThread;
const [begun, measured] = [0, 1];

if (Atomics.add(counts, begun, 1) === threads - 1) Atomics.notify(counts, begun);
for (let n = Atomics.load(counts, begun); n < threads; n = Atomics.load(counts, begun)) Atomics.wait(counts, begun, n);
const peak = registerTilePeak(build);
Atomics.add(counts, measured, 1);
// Who measures longest should have the others beside it to the end.
while (Atomics.load(counts, measured) < threads) registerTilePeak(build);
parentPort!.postMessage(peak);
