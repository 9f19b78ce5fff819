/**
 * Microseconds of operations with sharp or jimp, where they have them and the result has the same size, one thread: by the
 * protocol of measure_lines.py.
 *
 *     node benchmarks/peers/javascript-augment.ts sharp|jimp SIZE [FOLDER]
 *
 * FOLDER is one in which jimp is installed; it is no dependency of ours, since it would be part of every install.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { argv, stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import sharp, { type Sharp } from 'sharp';

type Operations = Readonly<Record<string, () => unknown>>;

const [library, sizeText, folder] = argv.slice(2);
const size = Number(sizeText);
const side = Math.floor((size * 3) / 4);
const corner = Math.floor(size / 8);

/** Noise, smoothed as in pillow_augment.py. */
async function picture(channels: 3 | 4): Promise<Buffer> {
  const noise = Buffer.alloc((size / 4) ** 2 * 3);
  for (let i = 0, state = 1; i < noise.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    noise[i] = state >>> 16;
  }
  const smooth = sharp(noise, { raw: { width: size / 4, height: size / 4, channels: 3 } });
  const resized = smooth.resize(size, size, { kernel: 'linear' });
  return (channels === 4 ? resized.ensureAlpha() : resized).raw().toBuffer();
}

async function ofSharp(): Promise<Operations> {
  sharp.concurrency(1);
  sharp.cache(false);
  const raw = { width: size, height: size, channels: 3 } as const;
  const data = await picture(3);
  const mask = Buffer.alloc(data.length, 0xf0);
  const run = (change: (image: Sharp) => Sharp) => () => change(sharp(data, { raw })).raw().toBuffer();
  return {
    posterize: run((image) => image.boolean(mask, 'and', { raw })),
    invert: run((image) => image.negate()),
    brightness: run((image) => image.linear(1.4, 0)),
    horizontal_flip: run((image) => image.flop()),
    vertical_flip: run((image) => image.flip()),
    crop: run((image) => image.extract({ left: corner, top: corner, width: side, height: side })),
    resize: run((image) => image.resize(side, side, { kernel: 'linear' })),
    grayscale: run((image) => image.greyscale().toColourspace('b-w')),
    hue: run((image) => image.modulate({ hue: 36 })),
    color: run((image) => image.modulate({ saturation: 1.4 })),
  };
}

/** Each on a copy, since jimp changes the picture itself. */
async function ofJimp(): Promise<Operations> {
  const { Jimp, ResizeStrategy } = createRequire(join(folder!, 'package.json'))('jimp');
  const image = Jimp.fromBitmap({ width: size, height: size, data: await picture(4) });
  return {
    posterize: () => image.clone().posterize(16),
    invert: () => image.clone().invert(),
    color: () => image.clone().color([{ apply: 'saturate', params: [40] }]),
    contrast: () => image.clone().contrast(0.4),
    brightness: () => image.clone().brightness(1.4),
    rotate: () => image.clone().rotate({ deg: 13, mode: false }),
    horizontal_flip: () => image.clone().flip({ horizontal: true }),
    vertical_flip: () => image.clone().flip({ vertical: true }),
    crop: () => image.clone().crop({ x: corner, y: corner, w: side, h: side }),
    resize: () => image.clone().resize({ w: side, h: side, mode: ResizeStrategy.BILINEAR }),
    grayscale: () => image.clone().greyscale(),
    hue: () => image.clone().color([{ apply: 'hue', params: [36] }]),
  };
}

async function microseconds(call: () => unknown): Promise<number> {
  const burst = async (count: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < count; i++) await call();
    return ((performance.now() - start) * 1000) / count;
  };
  const warm = performance.now() + 20;
  do await call();
  while (performance.now() < warm);
  const count = Math.max(1, Math.min(2000, Math.floor(4000 / (await burst(2)))));
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) best = Math.min(best, await burst(count));
  return best;
}

const operations = library === 'sharp' ? await ofSharp() : await ofJimp();
const { version } =
  library === 'sharp'
    ? { version: sharp.versions.sharp }
    : createRequire(join(folder!, 'package.json'))('jimp/package.json');
const print = (line: object) => stdout.write(`${JSON.stringify(line)}\n`);
print({ version: `${library} ${version}`, operations: Object.keys(operations) });
for await (const name of createInterface({ input: stdin }))
  print({ microseconds: await microseconds(operations[name]!) });
