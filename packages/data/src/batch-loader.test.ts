import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchLoader, type BatchLoaderOptions } from './batch-loader.ts';
import type { ImageDataset } from './dataset.ts';
import { channelStatistics } from './normalisation.ts';
import { SampleLoader } from './sample-loader.ts';
import { balancedOrder, epochOrder } from './sampler.ts';
import { loadDataset } from './sources/load.ts';

let folder: string;
let whole: ImageDataset;

const transform = [{ op: 'random_resized_crop', size: 5 }, { op: 'horizontal_flip' }];
const load = (slots?: number): Promise<ImageDataset> =>
  loadDataset(folder, {
    ...{ split: 'train', height: 8, width: 8, testShare: 0 },
    ...(slots && { memoryLimit: slots * 192, stream: { batch: 6 } }),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-batches-'));
  for (let i = 0; i < 23; i++) {
    await mkdir(join(folder, `class${i % 3}`), { recursive: true });
    const pixels = Uint8Array.from({ length: 300 }, (_, at) => (at * at * (i + 3)) >> 3);
    const png = await sharp(pixels, { raw: { width: 10, height: 10, channels: 3 } })
      .png()
      .toBuffer();
    await writeFile(join(folder, `class${i % 3}`, `${i}.png`), png);
  }
  whole = await load();
});
afterAll(() => rm(folder, { recursive: true }));

/** The samples of an epoch one after the other, in this thread. */
function expected(
  epoch: number,
  { dataset, sampler, seed = 1 }: Pick<BatchLoaderOptions, 'dataset' | 'sampler' | 'seed'>,
) {
  const loader = new SampleLoader({ dataset, transform, normalisation: channelStatistics(dataset), seed });
  const { length, labels } = dataset;
  const order = sampler === 'balanced' ? balancedOrder({ labels, seed, epoch }) : epochOrder({ length, seed, epoch });
  const images = new Float32Array(length * loader.sampleSize);
  order.forEach((sample, i) => {
    loader.load(sample, epoch, images, i * loader.sampleSize);
  });
  return { images, labels: Array.from(order, (sample) => labels[sample]!), samples: [...order] };
}

/** All batches of an epoch, put together, and their sizes. */
async function got(loader: BatchLoader, epoch: number) {
  const images: number[] = [];
  const [labels, samples, sizes]: number[][] = [[], [], []];
  for await (const batch of loader.epoch(epoch)) {
    images.push(...batch.images);
    labels!.push(...batch.labels);
    samples!.push(...batch.samples);
    sizes!.push(batch.samples.length);
  }
  return { images: Float32Array.from(images), labels, samples, sizes };
}

describe('BatchLoader', () => {
  it.each([
    [1, undefined],
    [3, undefined],
    [2, 6],
    [2, 13],
    [1, 22],
  ])('gives the samples of each epoch, whatever the threads: %i, and slots: %s', async (threads, slots) => {
    const dataset = slots === undefined ? whole : await load(slots);
    expect(dataset.streamed === undefined).toBe(slots === undefined);
    await using loader = new BatchLoader({ dataset, batch: 6, transform, threads });
    expect(loader.shape).toEqual({ height: 5, width: 5, channels: 3 });
    for (const epoch of [0, 7]) {
      expect(await got(loader, epoch)).toEqual({ ...expected(epoch, { dataset: whole }), sizes: [6, 6, 6, 5] });
    }
  });

  it('has other samplers and seeds, and batches larger than the data', async () => {
    const options = { sampler: 'balanced', seed: 5 } as const;
    await using loader = new BatchLoader({ dataset: whole, batch: 100, transform, threads: 2, ...options });
    expect(await got(loader, 2)).toEqual({ ...expected(2, { dataset: whole, ...options }), sizes: [23] });
  });

  it('may be left in the middle of an epoch, of which there is one at a time', async () => {
    const dataset = await load(13);
    await using loader = new BatchLoader({ dataset, batch: 6, transform, threads: 2 });
    for await (const { samples } of loader.epoch(0)) {
      expect(samples).toHaveLength(6);
      await expect(loader.epoch(1).next()).rejects.toThrow(/one epoch at a time/);
      break;
    }
    expect((await got(loader, 1)).samples).toEqual(expected(1, { dataset: whole }).samples);
  });

  it('names a picture that cannot be decoded any more, after the batches before it', async () => {
    const dataset = await load(6);
    const broken = dataset.streamed!.sources[epochOrder({ length: 23, seed: 1, epoch: 0 })[8]!] as string;
    await rename(broken, `${broken}-gone`);
    await using loader = new BatchLoader({ dataset, batch: 6, transform, threads: 2 });
    let batches = 0;
    const all = async () => {
      for await (const _ of loader.epoch(0)) batches++;
    };
    await expect(all()).rejects.toMatchObject({ code: 'DATA_NOT_FOUND', message: expect.stringContaining(broken) });
    expect(batches).toBe(1);
    await rename(`${broken}-gone`, broken);
    expect((await got(loader, 0)).samples).toHaveLength(23);
  });

  it('refuses what does not fit together, and to go on when it is closed', async () => {
    expect(() => new BatchLoader({ dataset: whole, batch: 0 })).toThrow(/expected batch to be an integer/);
    expect(() => new BatchLoader({ dataset: whole, batch: 1, threads: 0 })).toThrow(/positive integer of threads/);
    expect(() => new BatchLoader({ dataset: whole, batch: 1, transform: { op: 'nothing' } })).toThrow(/nothing/);
    const loader = new BatchLoader({ dataset: whole, batch: 6, threads: 1 });
    const batches = loader.epoch(0);
    await batches.next();
    await loader.close();
    await expect(
      (async () => {
        for await (const _ of batches);
      })(),
    ).rejects.toThrow(/it has been closed/);
    await expect(loader.epoch(1).next()).rejects.toThrow(/it has been closed/);
  });
});
