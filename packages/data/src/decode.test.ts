import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from './decode.ts';
import { createImage } from './image.ts';
import { decodeJpeg } from './jpeg/decode-jpeg.ts';
import { loadDataset } from './sources/load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-decode-'));
});
afterAll(() => rm(folder, { recursive: true }));

const raw = (bytes: readonly number[], height: number, width: number, channels: 1 | 2 | 3 | 4) =>
  sharp(Uint8Array.from(bytes), { raw: { width, height, channels } });
const orange = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 255, g: 128, b: 10 } } });

const grey16 = (value: number, width: number, height: number) =>
  sharp(new Uint16Array(width * height).fill(value), { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .png();

const randomNoise = (count: number) => Uint8Array.from({ length: count }, (_, i) => Math.imul(i, 2654435761) >>> 26);

/** (19595·255 + 38470·128 + 7471·10 + 0x8000) >> 16. */
const orangeGrey = 153;

describe('decodeImage', () => {
  it('gives a digit of MNIST back as it is', async () => {
    const { images } = await loadDataset('mnist', { split: 'test', limit: 1 });
    const path = join(folder, 'digit.png');
    await raw([...images], 28, 28, 1)
      .png()
      .toFile(path);
    const image = await decodeImage(path, { height: 28, width: 28, channels: 1 });
    expect(image).toMatchObject({ height: 28, width: 28, channels: 1 });
    expect(Buffer.compare(image.data, images)).toBe(0);
  });

  it('keeps colours, or makes them grey as Pillow does', async () => {
    const bytes = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 128, 10];
    const png = await raw(bytes, 1, 4, 3).png().toBuffer();
    expect([...(await decodeImage(png, { height: 1, width: 4, channels: 3 })).data]).toEqual(bytes);
    // By Pillow's convert('L'): at these colours any of its constants would show if it were off by one.
    const edges = [195, 110, 216, 244, 8, 218, 111, 130, 0, 147, 54, 25, 231, 131, 31, 92, 95, 195, 87, 149, 177];
    const edgesPng = await raw(edges, 1, 7, 3).png().toBuffer();
    const grey = await decodeImage(edgesPng, { height: 1, width: 7, channels: 1 });
    expect([...grey.data]).toEqual([147, 103, 109, 79, 149, 106, 134]);
  });

  it.each([
    ['16-bit grey', () => grey16(257 * orangeGrey, 4, 4), 0],
    ['16-bit colour', () => orange(4, 4).toColourspace('rgb16').png(), 1],
    ['a palette', () => orange(4, 4).png({ palette: true }), 0],
    ['CMYK', () => orange(4, 4).toColourspace('cmyk').jpeg({ quality: 100 }), 5],
    ['JPEG', () => orange(4, 4).jpeg({ quality: 100 }), 1],
    ['WebP', () => orange(4, 4).webp({ lossless: true }), 0],
    ['GIF', () => orange(4, 4).gif(), 0],
  ])('takes %s', async (_, make, tolerance) => {
    const grey = await decodeImage(await make().toBuffer(), { height: 2, width: 2, channels: 1 });
    expect(grey.data.length).toBe(4);
    for (const value of grey.data) expect(Math.abs(value - orangeGrey)).toBeLessThanOrEqual(tolerance);
  });

  it('puts transparent parts on the background', async () => {
    const png = await raw([200, 200, 200, 255, 200, 200, 200, 0, 200, 200, 200, 128], 1, 3, 4).png().toBuffer();
    const options = { height: 1, width: 3, channels: 1 } as const;
    expect([...(await decodeImage(png, options)).data]).toEqual([200, 0, 100]);
    const onWhite = await decodeImage(png, { ...options, background: [255, 255, 255] });
    expect([...onWhite.data]).toEqual([200, 255, 227]);
  });

  it('shows the whole picture between bars, or cuts or stretches it where told', async () => {
    // 4×8 pixels whose values tell the column, or the row.
    const columns = await raw(
      [...Array(32).keys()].map((i) => 10 * (i % 8)),
      4,
      8,
      1,
    )
      .png()
      .toBuffer();
    const rows = await raw(
      [...Array(32).keys()].map((i) => 50 + 10 * (i >> 3)),
      4,
      8,
      1,
    )
      .png()
      .toBuffer();
    const decode = async (png: Buffer, fit?: 'contain' | 'cover' | 'fill') => {
      const options = { height: 4, width: 4, channels: 1, ...(fit === undefined ? {} : { fit }) } as const;
      const { data } = await decodeImage(png, options);
      return [0, 4, 8, 12].map((at) => [...data.subarray(at, at + 4)]);
    };
    const whole = await decode(rows);
    expect(whole).toEqual(await decode(rows, 'contain'));
    expect([whole[0], whole[3]]).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(Math.min(...whole[1]!, ...whole[2]!)).toBeGreaterThan(49);
    const red = await decodeImage(rows, { height: 4, width: 4, channels: 3, background: [255, 0, 0] });
    expect([...red.data.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect(await decode(rows, 'fill')).toEqual([50, 60, 70, 80].map((value) => [value, value, value, value]));
    expect(await decode(columns, 'cover')).toEqual(Array(4).fill([20, 30, 40, 50]));
  });

  it('turns pictures upright by EXIF', async () => {
    // Orientation 6: the first row of the file is the right column of the picture.
    const jpeg = await raw([250, 250, 0, 0], 2, 2, 1).withMetadata({ orientation: 6 }).png().toBuffer();
    const { data } = await decodeImage(jpeg, { height: 2, width: 2, channels: 1 });
    expect([...data]).toEqual([0, 250, 0, 250]);
  });

  it('names the file that it cannot decode', async () => {
    const options = { height: 2, width: 2, channels: 3 } as const;
    const text = join(folder, 'text.png');
    await writeFile(text, 'no picture');
    await expect(decodeImage(text, options)).rejects.toMatchObject({
      code: 'DATA_DECODE',
      message: expect.stringMatching(/text\.png: expected a picture, it cannot be decoded: .*unsupported image format/),
    });
    const png = await raw(
      [...Array(3000).keys()].map((i) => (i * i) % 256),
      30,
      100,
      1,
    )
      .png()
      .toBuffer();
    const half = png.subarray(0, png.length / 2);
    await expect(decodeImage(half, { ...options, name: 'half.png' })).rejects.toMatchObject({
      code: 'DATA_DECODE',
      message: expect.stringContaining('half.png: expected a picture'),
    });
    const missing = join(folder, 'missing.png');
    await expect(decodeImage(missing, options)).rejects.toMatchObject({
      code: 'DATA_NOT_FOUND',
      message: `${missing}: expected a file, there is none; check the path`,
    });
    await expect(decodeImage(folder, options)).rejects.toMatchObject({ code: 'DATA_READ' });
  });

  it('decodes JPEGs in threads, to the pixels that the kernels make, from a file or from bytes', async () => {
    const file = await sharp(randomNoise(90 * 70 * 3), { raw: { width: 90, height: 70, channels: 3 } })
      .jpeg()
      .toBuffer();
    const path = join(folder, 'a picture without an ending');
    await writeFile(path, file);
    const options = { height: 30, width: 40, channels: 3, fit: 'cover' } as const;
    const expected = createImage(options);
    const isTaken = decodeJpeg(file, expected, { fit: 'cover', background: [0, 0, 0], limitInputPixels: 6300 });
    expect(isTaken).toBe(true);
    const results = await Promise.all(
      [path, file, path, file, path, file].map((source) => decodeImage(source, options)),
    );
    for (const result of results) {
      expect(result).toEqual(expected);
      expect(result.data.buffer).toBeInstanceOf(ArrayBuffer);
    }
    // What is left to sharp has its filter: other pixels.
    const progressive = await sharp(file).jpeg({ progressive: true, quality: 100 }).toBuffer();
    const { data } = await decodeImage(progressive, options);
    expect(Buffer.compare(data, expected.data)).not.toBe(0);
  });

  it('refuses a damaged JPEG, and one with more pixels than it may have', async () => {
    const file = await sharp(randomNoise(90 * 70 * 3), { raw: { width: 90, height: 70, channels: 3 } })
      .jpeg()
      .toBuffer();
    const options = { height: 30, width: 40, channels: 3 } as const;
    await expect(
      decodeImage(file.subarray(0, file.length / 2), { ...options, name: 'half.jpg' }),
    ).rejects.toMatchObject({
      code: 'DATA_DECODE',
      message: expect.stringContaining('half.jpg: expected a picture, it cannot be decoded: VipsJpeg: premature end'),
    });
    await expect(decodeImage(file, { ...options, limitInputPixels: 6299 })).rejects.toThrow('exceeds pixel limit');
  });

  it('refuses a size that is none', async () => {
    await expect(decodeImage(new Uint8Array(), { height: 0.5, width: 2, channels: 3 })).rejects.toThrow(
      'picture: expected to decode to a size of positive integers, got 0.5×2',
    );
  });

  it('refuses channels that are neither grey nor RGB', async () => {
    await expect(decodeImage(new Uint8Array(), { height: 2, width: 2, channels: 4 })).rejects.toThrow(
      'picture: expected to decode to 1 channel (grey) or 3 (RGB), got 4',
    );
  });

  it('refuses a picture with more pixels than sharp takes', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>');
    await expect(decodeImage(svg, { height: 2, width: 2, channels: 3 })).rejects.toMatchObject({
      code: 'DATA_DECODE',
      message: expect.stringContaining('exceeds pixel limit'),
    });
  });
});
