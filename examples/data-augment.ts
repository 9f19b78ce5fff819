/**
 * Augmentation without training: eight turned and shifted copies of a picture, and two by a policy, the same in every run.
 *
 *     node examples/data-augment.ts
 */
import { Generator } from '@lockstep/core';
import { augment, createImage, createTransform, type Image } from '@lockstep/data';

/** A plus sign of 9×9 pixels. */
const size = { height: 9, width: 9, channels: 1 };
const plus: Image = createImage(size);
for (let i = 2; i < 7; i++) plus.data[4 * 9 + i] = plus.data[i * 9 + 4] = 255;

const transform = createTransform([
  { op: 'rotate', degrees: 30 },
  { op: 'translate_x', pixels: 1 },
]);

/** The picture as text, a character a pixel. */
const draw = ({ data, width }: Image): string =>
  Array.from(data, (value, i) => ' .:*#'[Math.ceil(value / 64)] + (i % width === width - 1 ? '\n' : '')).join('');

for (let copy = 0; copy < 8; copy++) {
  // The stream of random numbers is keyed by seed, epoch and sample: never by who asks, or in which order.
  const generator = new Generator({ seed: 1, purpose: 'augmentation', epoch: copy, position: 0 });
  const sampled = transform.sample(generator, size);
  const result = createImage(size);
  transform.apply(plus, sampled, result);
  console.log(JSON.stringify(sampled));
  console.log(draw(result));
}

// A policy by name draws operations; `augment` also takes the path of a picture file.
for (const { image, sampled } of await augment(plus, 'augmix', { seed: 1, copies: 2 })) {
  const { chains } = (sampled as [{ chains: { operations: { op: string }[] }[] }])[0];
  console.log(chains.map(({ operations }) => operations.map(({ op }) => op).join(', ')).join(' | '));
  console.log(draw(image));
}
