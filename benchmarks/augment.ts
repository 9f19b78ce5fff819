/**
 * Each operation on a picture in RGB of 32², 224² and 512², one thread, beside Pillow's (Debian's python3-pil) the best of
 * rounds that take turns; then what a training sample of 28×28 goes through. Ours
 * includes the copies to and from the memory of the kernels.
 */
import { spawnSync } from 'node:child_process';
import { Generator } from '@lockstep/core';
import {
  affine,
  augmentPolicy,
  autocontrast,
  brightness,
  color,
  contrast,
  createDataset,
  createImage,
  createTransform,
  crop,
  equalize,
  flipHorizontal,
  flipVertical,
  grayscale,
  hue,
  type Image,
  invert,
  perspective,
  posterize,
  resize,
  rotate,
  SampleLoader,
  sharpness,
  shearX,
  solarize,
  translateX,
} from '@lockstep/data';

const sizes = [32, 224, 512];
const rounds = 3;

/** The best of some rounds, each long enough for the clock, after V8 has optimised: what else happens only adds. */
function microseconds(run: (i: number) => void): number {
  const timed = (count: number): number => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run(i);
    return ((performance.now() - start) * 1000) / count;
  };
  const warm = performance.now() + 50;
  while (performance.now() < warm) run(0);
  const count = Math.max(1, Math.min(10_000, Math.ceil(20_000 / timed(3))));
  return Math.min(...Array.from({ length: 5 }, () => timed(count)));
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** The same operations, with the same numbers, as in peers/pillow_augment.py. */
function operations(image: Image): Readonly<Record<string, () => Image>> {
  const { height: size, channels } = image;
  const output = createImage(image);
  const side = Math.floor((size * 3) / 4);
  const smaller = createImage({ height: side, width: side, channels });
  const grey = createImage({ ...image, channels: 1 });
  const corner = Math.floor(size / 8);
  const turned = [1, 0.1, 0, 0.1, 1, 0, 0.1 / size, 0.1 / size] as const;
  return {
    autocontrast: () => autocontrast(image, 0, output),
    equalize: () => equalize(image, output),
    posterize: () => posterize(image, 4, output),
    solarize: () => solarize(image, 128, output),
    invert: () => invert(image, output),
    color: () => color(image, 1.4, output),
    contrast: () => contrast(image, 1.4, output),
    brightness: () => brightness(image, 1.4, output),
    sharpness: () => sharpness(image, 1.4, output),
    rotate: () => rotate(image, 13, {}, output),
    rotate_nearest: () => rotate(image, 13, { resample: 'nearest' }, output),
    shear_x: () => shearX(image, 0.2, {}, output),
    translate_x: () => affine(image, [1, 0, corner, 0, 1, 0], {}, output),
    perspective: () => perspective(image, turned, {}, output),
    horizontal_flip: () => flipHorizontal(image, output),
    vertical_flip: () => flipVertical(image, output),
    crop: () => crop(image, corner, corner, smaller),
    resize: () => resize(image, smaller),
    grayscale: () => grayscale(image, grey),
    hue: () => hue(image, 0.1, output),
  };
}

/** Noise, smoothed as in peers/pillow_augment.py. */
function picture(size: number): Image {
  const generator = new Generator({ seed: 1, purpose: 'mixing' });
  const noise = createImage({ height: size / 4, width: size / 4, channels: 3 });
  for (let i = 0; i < noise.data.length; i++) noise.data[i] = generator.uint32() & 255;
  return resize(noise, createImage({ height: size, width: size, channels: 3 }));
}

/** Pillow's microseconds by operation; nothing where there is no Pillow. */
function pillow(size: number): Map<string, number> {
  const script = `${import.meta.dirname}/peers/pillow_augment.py`;
  const { status, stdout } = spawnSync('/usr/bin/python3', [script, String(size)], { encoding: 'utf8' });
  if (status !== 0) return new Map();
  const lines = stdout.trim().split('\n');
  return new Map(lines.map((line) => JSON.parse(line)).map(({ op, microseconds: time }) => [op, time]));
}

export function run({ json }: { readonly json: boolean }): void {
  const print = (line: Readonly<Record<string, string | number>>, text: string) => {
    console.log(json ? JSON.stringify({ event: 'augment', ...line }) : text);
  };
  for (const size of sizes) {
    if (!json) console.log(`${`${size}x${size}x3`.padEnd(18)} µs      images/s   Pillow µs     ratio`);
    const ours = new Map<string, number[]>();
    const theirs = new Map<string, number[]>();
    const ops = operations(picture(size));
    for (let round = 0; round < rounds; round++) {
      for (const [op, call] of Object.entries(ops)) ours.set(op, [...(ours.get(op) ?? []), microseconds(call)]);
      for (const [op, time] of pillow(size)) theirs.set(op, [...(theirs.get(op) ?? []), time]);
    }
    const ratios: number[] = [];
    for (const [op, times] of ours) {
      const time = Math.min(...times);
      const peer = theirs.get(op);
      const text = `${op.padEnd(16)} ${time.toFixed(1).padStart(8)} ${(1e6 / time).toFixed(0).padStart(10)}`;
      const line = { op, size, microseconds: time, imagesPerSecond: 1e6 / time };
      if (peer === undefined) print(line, text);
      else {
        const best = Math.min(...peer);
        const ratio = best / time;
        ratios.push(ratio);
        const beside = `${best.toFixed(1).padStart(11)} ${ratio.toFixed(2).padStart(9)}x`;
        print({ ...line, pillowMicroseconds: best, ratio }, `${text} ${beside}`);
      }
    }
    if (ratios.length > 0) {
      const least = Math.min(...ratios);
      const text = `median ratio to Pillow ${median(ratios).toFixed(2)}x, least ${least.toFixed(2)}x\n`;
      print({ size, medianRatio: median(ratios), leastRatio: least }, text);
    }
  }
  for (const [name, call] of Object.entries(samples())) {
    const time = microseconds(call);
    print({ name, microseconds: time }, `${name.padEnd(40)} ${time.toFixed(2)} µs`);
  }
}

/** What a training sample of MNIST's shape goes through. */
function samples(): Readonly<Record<string, (i: number) => void>> {
  const shape = { height: 28, width: 28, channels: 1 };
  const generator = new Generator({ seed: 1, purpose: 'mixing' });
  const length = 256;
  const images = Uint8Array.from({ length: length * 784 }, () => generator.uint32() & 255);
  const dataset = createDataset({
    name: 'noise',
    classes: ['a', 'b'],
    ...shape,
    images,
    labels: new Int32Array(length),
  });
  const floats = new Float32Array(784);
  const loader = (policy: string) =>
    new SampleLoader({
      dataset,
      transform: augmentPolicy(policy),
      normalisation: { mean: [0.5], std: [0.25] },
      seed: 1,
    });
  const [plain, light] = [loader('none'), loader('light')];
  const input = { ...shape, data: images.subarray(0, 784) };
  const output = createImage(shape);
  const transform = createTransform(augmentPolicy('light'));
  const sampled = transform.sample(generator, shape);
  return {
    '28x28x1: translate_x by whole pixels': (i) => translateX(input, (i % 5) - 2, {}, output),
    '28x28x1: light augmentation, drawn before': () => transform.apply(input, sampled, output),
    '28x28x1: a sample without augmentation': (i) => plain.load(i % length, 0, floats, 0),
    '28x28x1: a sample, light augmentation': (i) => light.load(i % length, i >> 8, floats, 0),
  };
}
