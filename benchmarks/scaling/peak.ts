/**
 * The machine's arithmetic peak with some threads at once: each keeps a register tile busy with operands in its first cache.
 * Cores share clocks, and sibling threads a core, so that n threads make less than n times what one makes.
 *
 *     node benchmarks/scaling/peak.ts default|revectorised|strict 1 2 4
 *
 * prints a JSON array of GFLOP/s, one for each number of threads.
 */
import { argv, stdout } from 'node:process';
import { Worker } from 'node:worker_threads';
import { kernelBuilds, requestRevectorization } from '@lockstep/kernels';
import type { PeakThread } from './peak-thread.ts';

async function concurrentPeak(setup: Omit<PeakThread, 'counts'>): Promise<number> {
  const counts = new Int32Array(new SharedArrayBuffer(8));
  const workerData: PeakThread = { ...setup, counts };
  const peaks = Array.from({ length: setup.threads }, () => {
    const thread = new Worker(new URL('./peak-thread.ts', import.meta.url), { workerData });
    return new Promise<number>((resolve, reject) => {
      thread.once('message', resolve);
      thread.once('error', reject);
    });
  });
  return (await Promise.all(peaks)).reduce((a, b) => a + b);
}

const build = kernelBuilds.find((name) => name === argv[2])!;
// For the whole process, and before anything is compiled.
if (build === 'revectorised') requestRevectorization();
const peaks: number[] = [];
for (const threads of argv.slice(3).map(Number)) peaks.push(await concurrentPeak({ build, threads }));
stdout.write(JSON.stringify(peaks));
