import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Image } from '../image.ts';
import { createTransform } from '../transforms/create.ts';
import { pixmix } from '../transforms/pixmix.ts';
import { augment } from './augment.ts';
import { readPicture } from './read-picture.ts';

const picture: Image = {
  height: 12,
  width: 20,
  channels: 3,
  data: Uint8Array.from({ length: 720 }, (_, i) => (i * 31) & 255),
};
const file = await sharp(picture.data, { raw: { height: 12, width: 20, channels: 3 } })
  .png()
  .toBuffer();

describe('augment', () => {
  it('gives each copy of each picture its own chance, the same in every run', async () => {
    const results = await augment(picture, pixmix(), { seed: 1, copies: 3 });
    expect(results).toHaveLength(3);
    expect(await augment(picture, 'pixmix', { seed: 1, copies: 3 })).not.toEqual([]);
    expect(await augment(picture, pixmix(), { seed: 1, copies: 3 })).toEqual(results);
    expect(await augment(picture, pixmix(), { seed: 1, copies: 2 })).toEqual(results.slice(0, 2));
    for (const other of [{ seed: 2 }, { seed: 1, index: 1 }]) {
      expect((await augment(picture, pixmix(), other))[0]!.sampled).not.toEqual(results[0]!.sampled);
    }
    expect(new Set(results.map(({ sampled }) => JSON.stringify(sampled))).size).toBe(3);
    const again = createTransform(pixmix());
    for (const { image, sampled } of results) expect(again.apply(picture, sampled)).toEqual(image);
  });

  it('takes images, and bytes of files at their own size', async () => {
    const [ofBytes] = await augment(file, { op: 'invert' });
    expect(ofBytes!.image).toEqual((await augment(picture, { op: 'invert' }))[0]!.image);
    expect(ofBytes!.image.data[1]).toBe(255 - 31);
  });

  it('says which file or policy is wrong', async () => {
    await expect(augment('/no/such.jpg', 'light')).rejects.toThrow('/no/such.jpg: expected a file, there is none');
    await expect(augment(file.subarray(0, 60), 'light')).rejects.toThrow('picture: expected a picture, it cannot be');
    await expect(augment(picture, 'wild')).rejects.toThrow('got "wild"');
  });
});

describe('readPicture', () => {
  it('gives grey pictures colours, and keeps opacity', async () => {
    const open = (channels: 1 | 2 | 3 | 4, bytes: number[]) =>
      sharp(Uint8Array.from(bytes), { raw: { height: 1, width: 2, channels } })
        .png()
        .toBuffer();
    const read = async (channels: 1 | 2 | 3 | 4, bytes: number[]) => [
      ...(await readPicture(await open(channels, bytes), 'p')).data,
    ];
    expect(await read(1, [7, 9])).toEqual([7, 7, 7, 9, 9, 9]);
    expect(await read(2, [7, 100, 9, 200])).toEqual([7, 7, 7, 100, 9, 9, 9, 200]);
    expect(await read(4, [1, 2, 3, 4, 5, 6, 7, 8])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
