import { expect, it } from 'vitest';
import { compareWithTorchvision } from '../testing/torchvision-numbers.ts';

// Three that are small, and so quick: with ReLU6, with SiLU, and with ReLU, max pooling and auxiliary losses. All are in
// docs/torchvision.md.
it.for([
  ['mobilenet-v2', 48],
  ['efficientnet-b0', 40],
  ['googlenet', 96],
] as const)('%s has the numbers of torchvision for pictures of %d²', { timeout: 120_000 }, ([name, size], { skip }) => {
  const differences = compareWithTorchvision(name, size);
  skip(differences === undefined, 'there is no torchvision (Debian: python3-torchvision) to compare with');
  const { logits, ours, branches } = differences!;
  expect(logits).toBeLessThan(1e-4);
  expect(ours.loss).toBeLessThan(1e-4);
  expect(ours.statistics).toBeLessThan(1e-4);
  expect(ours.gradients).toBeLessThan(5e-4);
  // ReLUs and poolings that go another way than in double precision are few, and near to where the ways part.
  expect(branches.differ).toBeLessThan(1e-5 * branches.count + 3);
  expect(branches.furthest).toBeLessThan(1e-3);
});
