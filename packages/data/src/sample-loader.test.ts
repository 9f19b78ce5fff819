import { Generator } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { createDataset } from './dataset.ts';
import { createImage } from './image.ts';
import { normalisationTable } from './normalisation.ts';
import { augmentPolicy } from './policies.ts';
import { SampleLoader, type SampleLoaderOptions } from './sample-loader.ts';
import { loadDataset } from './sources/load.ts';
import { createTransform } from './transforms/create.ts';

const colours = createDataset({
  name: 'colours',
  classes: ['a'],
  height: 1,
  width: 2,
  channels: 3,
  images: Uint8Array.of(0, 51, 102, 153, 204, 255, 255, 204, 153, 102, 51, 0),
  labels: [0, 0],
});
const plain: SampleLoaderOptions = {
  dataset: colours,
  transform: [],
  normalisation: { mean: [0, 0.2, 0.4], std: [1, 0.2, 0.5] },
  seed: 1,
};

describe('SampleLoader', () => {
  it('normalises each channel, at the offset and nowhere else', () => {
    const out = new Float32Array(8).fill(9);
    new SampleLoader(plain).load(1, 0, out, 1);
    const expected = [1, (0.8 - 0.2) / 0.2, (0.6 - 0.4) / 0.5, 0.4, (0.2 - 0.2) / 0.2, -0.4 / 0.5].map(Math.fround);
    expect(out[0]).toBe(9);
    expect(out[7]).toBe(9);
    for (let i = 0; i < 6; i++) expect(out[1 + i]).toBeCloseTo(expected[i]!, 6);
  });

  it('augments by seed, epoch and index, in any order and any loader', async () => {
    const dataset = await loadDataset('mnist', { split: 'train', limit: 20 });
    const normalisation = { mean: [0.1307], std: [0.3081] };
    const options = { dataset, transform: augmentPolicy('light'), normalisation, seed: 42 };
    const table = normalisationTable(normalisation);
    const transform = createTransform(options.transform);
    const loaders = [new SampleLoader(options), new SampleLoader(structuredClone(options))] as const;
    for (const index of [3, 19, 0, 3]) {
      const image = { ...createImage(dataset), data: dataset.images.slice(784 * index, 784 * (index + 1)) };
      const output = createImage(dataset);
      const key = { seed: 42, purpose: 'augmentation', epoch: 2, position: index } as const;
      const sampled = transform.sample(new Generator(key), dataset);
      transform.apply(image, sampled, output);
      const expected = Float32Array.from(output.data, (value) => table[value]!);
      for (const loader of loaders) {
        const out = new Float32Array(784);
        loader.load(index, 2, out, 0);
        expect(out).toEqual(expected);
        expect(loader.sampledParameters(index, 2)).toEqual(sampled);
      }
    }
  });

  it('makes other samples for another seed or epoch', async () => {
    const dataset = await loadDataset('mnist', { split: 'train', limit: 1 });
    const sample = (seed: number, epoch: number) => {
      const normalisation = { mean: [0], std: [1] };
      const loader = new SampleLoader({ dataset, transform: augmentPolicy('light'), normalisation, seed });
      const out = new Float32Array(784);
      loader.load(0, epoch, out, 0);
      return out.join();
    };
    expect(new Set([sample(1, 0), sample(1, 0), sample(1, 1), sample(2, 0)]).size).toBe(3);
  });

  it('refuses samples that there are not, room that there is not, and the wrong channels', () => {
    const loader = new SampleLoader(plain);
    const out = new Float32Array(8);
    for (const index of [-1, 2, 0.5]) {
      expect(() => loader.load(index, 0, out, 0)).toThrow(
        `SampleLoader: expected an index in 0..1 of data set colours, got ${index}`,
      );
    }
    for (const offset of [3, -1]) {
      expect(() => loader.load(0, 0, out, offset)).toThrow(
        `expected room for 6 floats at ${offset}, got 8 floats in all`,
      );
    }
    expect(() => new SampleLoader({ ...plain, normalisation: { mean: [0], std: [1] } })).toThrow(
      'data set colours: expected normalisation for 3 channels, got 1',
    );
    expect(() => new SampleLoader({ ...plain, transform: { op: 'swirl' } })).toThrow('got "swirl"');
  });

  it('draws nothing where there is nothing to draw', () => {
    expect(new SampleLoader(plain).sampledParameters(1, 0)).toBe(null);
  });
});
