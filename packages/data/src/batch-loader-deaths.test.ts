import type { Worker, WorkerOptions } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { BatchLoader } from './batch-loader.ts';
import { createDataset } from './dataset.ts';

/** The loader's threads, as testing/failing-batch-thread.ts, with little memory. */
const threads = vi.hoisted((): Worker[] => []);

vi.mock('node:worker_threads', async (original) => {
  const actual = await original<typeof import('node:worker_threads')>();
  return {
    ...actual,
    Worker: class extends actual.Worker {
      constructor(_file: URL, options: WorkerOptions) {
        const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 };
        super(new URL('./testing/failing-batch-thread.ts', import.meta.url), { ...options, resourceLimits });
        threads.push(this);
      }
    },
  };
});

const images = Uint8Array.from({ length: 40 * 12 }, (_, i) => i & 255);
const dataset = createDataset({ name: 'dots', classes: ['a', 'b'], height: 2, width: 2, channels: 3, images, labels: new Int32Array(40).fill(1) }); // biome-ignore format: one line

const all = async (loader: BatchLoader, epoch: number) => {
  let batches = 0;
  for await (const _ of loader.epoch(epoch)) batches++;
  return batches;
};

it.each([
  [1, 'one ended with code 3'],
  [2, 'one failed: of no use'],
  [3, 'one failed: Worker terminated due to reaching memory limit'],
])('says that a thread has died, and goes no further (%i)', async (epoch, message) => {
  await using loader = new BatchLoader({ dataset, batch: 8, threads: 1 });
  expect(await all(loader, 0)).toBe(5);
  await expect(all(loader, epoch)).rejects.toMatchObject({ code: 'DATA_THREAD', message: expect.stringContaining(message) }); // biome-ignore format: one line
  await expect(all(loader, 0)).rejects.toMatchObject({ message: expect.stringContaining(message) });
});

it('says so too of one that died while nothing was asked of it', async () => {
  await using loader = new BatchLoader({ dataset, batch: 8, threads: 1 });
  expect(await all(loader, 0)).toBe(5);
  await threads.at(-1)!.terminate();
  await expect(all(loader, 0)).rejects.toMatchObject({ code: 'DATA_THREAD' });
});
