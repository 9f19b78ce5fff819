import { Generator } from '@lockstep/core';
import {
  augmentPolicy,
  createDataset,
  createImage,
  createTransform,
  type JsonValue,
  SampleLoader,
  translateX,
} from '@lockstep/data';
import { picture } from './operations.ts';

/** What a training sample of MNIST's shape goes through; and a list of operations, of which only the ends leave the kernels' memory. */
export function samples(): Readonly<Record<string, (i: number) => void>> {
  return { ...smallSamples(), ...lists() };
}

function smallSamples(): Readonly<Record<string, (i: number) => void>> {
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

function lists(): Readonly<Record<string, () => void>> {
  const image = picture(224);
  const output = createImage(image);
  const steps = [
    { op: 'horizontal_flip', probability: 1 },
    { op: 'posterize', bits: 4 },
    { op: 'solarize', threshold: 99 },
    { op: 'brightness', factor: 1.3 },
    { op: 'invert' },
  ];
  const whole = createTransform(steps);
  const generator = new Generator({ seed: 1, purpose: 'augmentation' });
  const sampled = whole.sample(generator, image);
  const parts = steps.map((step) => createTransform(step));
  const drawn = sampled as readonly JsonValue[];
  const between = [createImage(image), createImage(image)];
  return {
    '224x224x3: a list of five operations': () => whole.apply(image, sampled, output),
    '224x224x3: the five one after the other': () =>
      parts.reduce((from, part, i) => part.apply(from, drawn[i]!, i === 4 ? output : between[i % 2]!), image),
  };
}
