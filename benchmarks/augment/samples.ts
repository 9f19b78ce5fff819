import { Generator } from '@lockstep/core';
import { augmentPolicy, createDataset, createImage, createTransform, SampleLoader, translateX } from '@lockstep/data';

/** What a training sample of MNIST's shape goes through. */
export function samples(): Readonly<Record<string, (i: number) => void>> {
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
