/** Microseconds a picture of 28×28 grey, one thread: each op alone, and all that a training sample goes through. */
import { Generator } from '@lockstep/core';
import { augmentPolicy, createDataset, createImage, rotate, SampleLoader, shearX, translateX } from '@lockstep/data';

const shape = { height: 28, width: 28, channels: 1 };
const pixels = shape.height * shape.width;
const rounds = 7;

/** The median of some rounds, each long enough for the clock; the first ones, in which V8 optimises, are not counted. */
function microseconds(run: (i: number) => void): number {
  const figures: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const count = 10_000;
    const start = performance.now();
    for (let i = 0; i < count; i++) run(i);
    if (round >= 0) figures.push(((performance.now() - start) * 1000) / count);
  }
  return figures.sort((a, b) => a - b)[Math.floor(rounds / 2)]!;
}

export function run({ json }: { readonly json: boolean }): void {
  const generator = new Generator({ seed: 1, purpose: 'mixing' });
  const length = 256;
  const images = Uint8Array.from({ length: length * pixels }, () => generator.uint32() & 255);
  const labels = new Int32Array(length);
  const dataset = createDataset({ name: 'noise', classes: ['a', 'b'], ...shape, images, labels });
  const [input, output] = [createImage(shape), createImage(shape)];
  input.data.set(images.subarray(0, pixels));
  const floats = new Float32Array(pixels);
  const loader = (policy: string) =>
    new SampleLoader({
      dataset,
      transform: augmentPolicy(policy),
      normalisation: { mean: [0.5], std: [0.25] },
      seed: 1,
    });
  const [plain, light] = [loader('none'), loader('light')];
  const bilinear = { resample: 'bilinear' } as const;
  const ops: Readonly<Record<string, (i: number) => void>> = {
    'rotate, bilinear': (i) => rotate(input, (i % 24) - 12.5, bilinear, output),
    'shear_x, bilinear': (i) => shearX(input, ((i % 40) - 20.5) / 100, bilinear, output),
    'translate_x by whole pixels': (i) => translateX(input, (i % 5) - 2, {}, output),
    'a sample without augmentation': (i) => plain.load(i % length, 0, floats, 0),
    'a sample with light augmentation': (i) => light.load(i % length, i >> 8, floats, 0),
  };
  for (const [name, op] of Object.entries(ops)) {
    const time = microseconds(op);
    console.log(
      json
        ? JSON.stringify({ event: 'augment', name, microseconds: time })
        : `${name.padEnd(36)} ${time.toFixed(2)} µs`,
    );
  }
}
