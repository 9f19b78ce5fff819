import { describe, expect, it } from 'vitest';
import { channelStatistics, normalisationTable } from './normalisation.ts';
import { loadDataset } from './sources/load.ts';

const shared = (...bytes: number[]) => {
  const array = new Uint8Array(new SharedArrayBuffer(bytes.length));
  array.set(bytes);
  return array;
};

describe('channelStatistics', () => {
  it('takes the mean and the biased deviation of each channel', () => {
    // Channel 0: 0, 255, 255, 0. Channel 1: 51, 51, 102, 204, with mean 102 and deviations −51, −51, 0, 102.
    const { mean, std } = channelStatistics({ images: shared(0, 51, 255, 51, 255, 102, 0, 204), channels: 2 });
    expect(mean).toEqual([0.5, 0.4]);
    expect(std[0]).toBe(0.5);
    expect(std[1]).toBeCloseTo(Math.sqrt((0.04 + 0.04 + 0.16) / 4), 15);
  });

  it("gives MNIST's well-known figures", async () => {
    const { mean, std } = channelStatistics(await loadDataset('mnist', { split: 'train' }));
    // By numpy in double precision, over the pixels divided by 255.
    expect(mean[0]).toBeCloseTo(0.1306604762738429, 14);
    expect(std[0]).toBeCloseTo(0.30810780385646264, 12);
  });
});

describe('normalisationTable', () => {
  it('takes the mean out of each byte and divides by the deviation', () => {
    const table = normalisationTable({ mean: [0.5, 0.25], std: [0.5, 2] });
    expect(table.length).toBe(512);
    expect([table[0], table[255], table[256], table[511]]).toEqual([-1, 1, -0.125, 0.375]);
    expect(table[51]).toBe(Math.fround(-0.6));
    expect(table[256 + 102]).toBe(Math.fround(0.075));
  });

  it('refuses what it cannot divide by', () => {
    expect(() => normalisationTable({ mean: [0, 0.5], std: [1, 0] })).toThrow(
      'expected a finite mean and a positive std for channel 1, got 0.5 and 0',
    );
    expect(() => normalisationTable({ mean: [Number.NaN], std: [1] })).toThrow('channel 0, got NaN and 1');
    expect(() => normalisationTable({ mean: [0], std: [1, 1] })).toThrow('got 1 means and 2 stds');
    expect(() => normalisationTable({ mean: [], std: [] })).toThrow('got 0 means and 0 stds');
  });
});
