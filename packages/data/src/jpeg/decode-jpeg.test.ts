import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import sharp, { type JpegOptions as SharpOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { createImage } from '../image.ts';
import { decodeJpeg, type JpegOptions } from './decode-jpeg.ts';

const options: JpegOptions = { fit: 'fill', background: [0, 0, 0], limitInputPixels: 10_000 };

/** A picture of all colours with some noise. */
function pixels(width: number, height: number): Uint8Array {
  return Uint8Array.from(
    { length: 3 * width * height },
    (_, i) => (i * 7 + ((i * i) >> 3) + ((i * 2654435761) >>> 28)) & 255,
  );
}

const encode = (width: number, height: number, jpeg: SharpOptions = {}) =>
  sharp(pixels(width, height), { raw: { width, height, channels: 3 } })
    .jpeg(jpeg)
    .toBuffer();

/** The pixels at the size of the file; undefined where it is not taken. */
function decoded(file: Uint8Array, width: number, height: number): Uint8Array | undefined {
  const output = createImage({ height, width, channels: 3 });
  return decodeJpeg(file, output, options) ? output.data : undefined;
}

/** What sharp makes of it; undefined for an error or a warning. */
const bySharp = (file: Uint8Array, width: number, height: number): Promise<Buffer | undefined> =>
  sharp(file)
    .resize(width, height, { fit: 'fill' })
    .toColourspace('srgb')
    .raw()
    .toBuffer()
    .catch(() => undefined);

describe('decodeJpeg', () => {
  it('has the bytes of Pillow: decoded, reduced, turned, resized, cut or padded, made grey', (context) => {
    const script = fileURLToPath(new URL('jpeg.py', import.meta.url));
    const run = spawnSync('/usr/bin/python3', [script, '1', '250'], { encoding: 'utf8', maxBuffer: 2 ** 28 });
    if (run.error || run.status === 3) return context.skip('there is no Pillow: install python3-pil');
    expect(run.stderr).toBe('');
    for (const [i, { file, expected, fit, width, height, channels, background }] of JSON.parse(run.stdout).entries()) {
      const output = createImage({ height, width, channels });
      const what = `${i}: ${fit} ${height}×${width}×${channels}`;
      const bytes = Buffer.from(file, 'base64');
      expect(decodeJpeg(bytes, output, { fit, background, limitInputPixels: 10_000_000 }), what).toBe(true);
      expect(Buffer.compare(output.data, Buffer.from(expected, 'base64')), what).toBe(0);
    }
  });

  it.each([
    ['full chroma', { chromaSubsampling: '4:4:4', quality: 90 }],
    ['halved chroma', { chromaSubsampling: '4:2:0', quality: 60 }],
    ['other codes', { optimiseCoding: false, quality: 30 }],
  ])('has the bytes of libjpeg as sharp has it: %s', async (_, jpeg) => {
    const file = await encode(61, 43, jpeg);
    expect(decoded(file, 61, 43)).toEqual(Uint8Array.from((await bySharp(file, 61, 43))!));
  });

  it('leaves to others what it does not decode', async () => {
    const picture = sharp(pixels(16, 16), { raw: { width: 16, height: 16, channels: 3 } });
    for (const file of [
      await encode(16, 16, { progressive: true }),
      await picture.clone().toColourspace('cmyk').jpeg().toBuffer(),
      await picture.clone().withIccProfile('p3').jpeg().toBuffer(),
      await picture.clone().png().toBuffer(),
      new Uint8Array(),
    ]) {
      expect(decoded(file, 16, 16)).toBeUndefined();
    }
    expect(decoded(await encode(101, 100), 101, 100)).toBeUndefined();
    expect(decoded(await encode(100, 100), 100, 100)).toBeDefined();
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turns a picture with orientation %d as sharp does', async (orientation) => {
    const exif = Buffer.from('ffe1002245786966000049492a0008000000010012010300010000000000000000000000', 'hex');
    exif[28] = orientation;
    const plain = await encode(21, 10);
    const file = Buffer.concat([plain.subarray(0, 2), exif, plain.subarray(2)]);
    const upright = await sharp(file, { autoOrient: true }).raw().toBuffer({ resolveWithObject: true });
    const { width, height } = upright.info;
    expect([width, height]).toEqual(orientation > 4 ? [10, 21] : [21, 10]);
    expect(decoded(file, width, height)).toEqual(Uint8Array.from(upright.data));
  });

  it('takes the middle of a picture that is a line', async () => {
    const file = await encode(9000, 1);
    const output = createImage({ height: 224, width: 224, channels: 3 });
    expect(decodeJpeg(file, output, { ...options, fit: 'cover' })).toBe(true);
    // Wherever it is less than a pixel wide, all of it has a colour between two that are neighbours.
    const line = (await bySharp(file, 9000, 1))!.subarray(3 * 4499, 3 * 4501);
    const isBetween = (value: number, i: number): boolean => {
      const ends = [line[i % 3]!, line[3 + (i % 3)]!];
      return value >= Math.min(...ends) && value <= Math.max(...ends);
    };
    expect(output.data.every(isBetween)).toBe(true);
  });

  it('takes sRGB as what is so without a profile, within one of what sharp converts it to', async () => {
    const picture = sharp(pixels(40, 30), { raw: { width: 40, height: 30, channels: 3 } });
    const file = await picture.withIccProfile('srgb').jpeg().toBuffer();
    expect((await sharp(file).metadata()).icc).toBeDefined();
    const ours = decoded(file, 40, 30)!;
    expect(ours).toEqual(decoded(await encode(40, 30), 40, 30));
    const theirs = await bySharp(file, 40, 30);
    expect(ours.every((value, i) => Math.abs(value - theirs![i]!) <= 1)).toBe(true);
  });

  it('refuses a file that ends before its end, wherever', async () => {
    const file = await encode(40, 30);
    expect(decoded(file, 40, 30)).toBeDefined();
    for (let length = 0; length < file.length; length += 7)
      expect(decoded(file.subarray(0, length), 40, 30)).toBeUndefined();
  });

  it('takes no damaged file that sharp refuses, and makes the same of others', async () => {
    const file = await encode(24, 20, { quality: 70 });
    let [taken, refused] = [0, 0];
    const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(60), async (changes, cut) => {
        let bytes = Uint8Array.from(file);
        for (const [place, byte] of changes) bytes[place] = byte;
        if (cut < 6) bytes = Uint8Array.from([...bytes.subarray(0, 40 * cut), ...bytes.subarray(41 * cut)]);
        const ours = decoded(bytes, 24, 20);
        if (ours === undefined) refused++;
        else {
          taken++;
          const theirs = await bySharp(bytes, 24, 20);
          expect(theirs).toBeDefined();
          const { width, height } = await sharp(bytes).metadata();
          if (width === 24 && height === 20) expect(ours).toEqual(Uint8Array.from(theirs!));
        }
      }),
      { seed: 5, numRuns: 300 },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(20);
  });
});
