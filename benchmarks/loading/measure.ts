/**
 * Images a second of our loader over a folder: node measure.ts '{ "folder", "decode", "size", "batch", "seconds", "cached" }'.
 * Prints one JSON object.
 */
import { argv, stdout } from 'node:process';
import { BatchLoader, loadDataset } from '@lockstep/data';

export interface LoadingTask {
  readonly folder: string;
  /** Side that pictures are decoded to, and that of the part that is taken. */
  readonly decode: number;
  readonly size: number;
  readonly batch: number;
  readonly seconds: number;
  /** Whether decoded pictures may stay in memory; else each is decoded again in each epoch. */
  readonly cached: boolean;
}

const { folder, decode, size, batch, seconds, cached }: LoadingTask = JSON.parse(argv[2]!);
const dataset = await loadDataset(folder, {
  ...{ split: 'train', testShare: 0, height: decode, width: decode },
  ...(!cached && { memoryLimit: 8 * batch * decode * decode * 3, stream: { batch } }),
});
if (cached === (dataset.streamed !== undefined)) throw new Error('there are too few pictures for that many batches');
await using loader = new BatchLoader({
  dataset,
  batch,
  transform: [{ op: 'random_crop', size }, { op: 'horizontal_flip' }],
  normalisation: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
});

/** Whole epochs, for some seconds. */
async function measure(atLeast: number) {
  const start = performance.now();
  const before = process.cpuUsage();
  let images = 0;
  for (let epoch = 0; performance.now() - start < atLeast * 1000; epoch++) {
    for await (const { samples } of loader.epoch(epoch)) images += samples.length;
  }
  const { user, system } = process.cpuUsage(before);
  return { imagesPerSecond: (images * 1000) / (performance.now() - start), cpuMs: (user + system) / 1000 / images };
}

await measure(seconds / 5);
stdout.write(`${JSON.stringify(await measure(seconds))}\n`);
