import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Generator } from '@lockstep/core';
import sharp from 'sharp';

/** A folder of JPEGs, as large as those of photos: smooth surfaces with some noise, quality 85, in two classes. */
export async function makePictures(folder: string, count: number, width: number, height: number): Promise<void> {
  for (const name of ['a', 'b']) await mkdir(join(folder, name), { recursive: true });
  const generator = new Generator({ seed: 1, purpose: 'mixing' });
  const cells = 48;
  for (let i = 0; i < count; i++) {
    const coarse = Uint8Array.from({ length: cells * cells * 3 }, () => generator.uint32() & 255);
    const pixels = await sharp(coarse, { raw: { width: cells, height: cells, channels: 3 } })
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .raw()
      .toBuffer();
    for (let at = 0; at < pixels.length; at++) {
      pixels[at] = Math.max(0, Math.min(255, pixels[at]! + (generator.uint32() & 15) - 8));
    }
    const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 85 })
      .toBuffer();
    await writeFile(join(folder, 'ab'[i % 2]!, `${i}.jpg`), jpeg);
  }
}
