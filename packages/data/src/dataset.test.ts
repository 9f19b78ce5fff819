import { describe, expect, it } from 'vitest';
import { createDataset } from './dataset.ts';

const parts = {
  name: 'dots',
  classes: ['dark', 'light'],
  height: 1,
  width: 2,
  channels: 1,
  images: Uint8Array.of(0, 1, 254, 255),
  labels: [0, 1],
};

describe('createDataset', () => {
  it('copies arrays to shared memory', () => {
    const dataset = createDataset(parts);
    expect(dataset).toMatchObject({
      name: 'dots',
      classes: ['dark', 'light'],
      height: 1,
      width: 2,
      channels: 1,
      length: 2,
    });
    expect([...dataset.images]).toEqual([0, 1, 254, 255]);
    expect([...dataset.labels]).toEqual([0, 1]);
    expect(dataset.images.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(dataset.labels.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('is shared, not copied, with whom it is posted to', () => {
    const dataset = createDataset(parts);
    const posted = structuredClone(dataset);
    dataset.images[1] = 77;
    dataset.labels[0] = 1;
    expect(posted.images[1]).toBe(77);
    expect(posted.labels[0]).toBe(1);
  });

  it('takes images in shared memory as they are', () => {
    const images = new Uint8Array(new SharedArrayBuffer(8), 4);
    const dataset = createDataset({ ...parts, images });
    images[3] = 9;
    expect([...dataset.images]).toEqual([0, 0, 0, 9]);
  });

  it('refuses parts that disagree', () => {
    expect(() => createDataset({ ...parts, labels: [0] })).toThrow(
      'data set dots: expected 1×2×1 bytes of pixels for each of 1 labels, and at least one label, got 4 bytes',
    );
    expect(() => createDataset({ ...parts, labels: [], images: new Uint8Array() })).toThrow('at least one label');
    expect(() => createDataset({ ...parts, labels: [0, 2] })).toThrow('expected labels in 0..1, got 2 at sample 1');
    expect(() => createDataset({ ...parts, labels: [0.5, 0] })).toThrow('got 0.5 at sample 0');
  });

  it('has shares of classes in the place of labels, in shared memory', () => {
    const { targets } = createDataset({ ...parts, targets: [0.75, 0.25, 0, 1] });
    expect([...targets!]).toEqual([0.75, 0.25, 0, 1]);
    expect(targets!.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(createDataset(parts).targets).toBeUndefined();
    expect(() => createDataset({ ...parts, targets: [0.5, 0.5] })).toThrow(
      'data set dots: expected targets of 2×2 shares, one for each sample and class, got 2',
    );
    for (const share of [-0.5, 1.5, Number.NaN]) {
      expect(() => createDataset({ ...parts, targets: [1, 0, share, 0] })).toThrow(
        `data set dots: expected targets in [0, 1], got ${share} for class 0 at sample 1`,
      );
    }
  });
});
