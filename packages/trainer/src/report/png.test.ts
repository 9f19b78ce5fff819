import sharp from 'sharp';
import { expect, test } from 'vitest';
import { loadPngEncoder } from './png.ts';

const encode = await loadPngEncoder();

async function decode(source: string) {
  const { data, info } = await sharp(Buffer.from(source.replace('data:image/png;base64,', ''), 'base64'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { bytes: [...data], channels: info.channels, width: info.width, height: info.height };
}

/** Bytes without a pattern that a filter could hide an error behind. */
function noise(length: number, offset = 0): number[] {
  return Array.from({ length }, (_, i) => ((i + offset) * 167 + ((i * i) % 91)) % 256);
}

test.each([1, 3, 4])('%i channels come back as they were', async (channels) => {
  const bytes = noise(5 * 7 * channels);
  const png = await encode({ data: Uint8Array.from(bytes), height: 5, width: 7, channels });
  expect({ width: png.width, height: png.height }).toEqual({ width: 7, height: 5 });
  const decoded = await decode(png.source);
  // sharp widens grey to RGB where it decodes.
  const pixels =
    decoded.channels === channels ? decoded.bytes : decoded.bytes.filter((_, i) => i % decoded.channels === 0);
  expect(pixels).toEqual(bytes);
});

test('of two channels the first is shown, of five the first three', async () => {
  const two = await encode({ data: Uint8Array.of(10, 99, 20, 99), height: 1, width: 2, channels: 2 });
  const { bytes, channels } = await decode(two.source);
  expect(bytes.filter((_, i) => i % channels === 0)).toEqual([10, 20]);
  const five = await encode({ data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), height: 2, width: 1, channels: 5 });
  expect((await decode(five.source)).bytes).toEqual([1, 2, 3, 6, 7, 8]);
});

test('takes shared memory', async () => {
  const data = new Uint8Array(new SharedArrayBuffer(3));
  data.set([7, 8, 9]);
  const png = await encode({ data, height: 1, width: 1, channels: 3 });
  expect((await decode(png.source)).bytes).toEqual([7, 8, 9]);
});

test('a photograph is made smaller, keeping its shape', async () => {
  const png = await encode({ data: new Uint8Array(320 * 200 * 3).fill(90), height: 200, width: 320, channels: 3 });
  expect({ width: png.width, height: png.height }).toEqual({ width: 160, height: 100 });
  expect((await decode(png.source)).bytes.slice(0, 3)).toEqual([90, 90, 90]);
});
