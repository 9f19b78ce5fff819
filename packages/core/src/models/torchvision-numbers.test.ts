import { expect, it } from 'vitest';
import { compareWithTorchvision } from '../testing/torchvision-numbers.ts';

// Two that are small, and so quick; scripts/compare-torchvision.ts goes through all.
it.for([
  ['efficientnet-b0', 40],
  ['mobilenet-v2', 48],
] as const)('%s has the numbers of torchvision for pictures of %d²', { timeout: 60_000 }, ([name, size], { skip }) => {
  const differences = compareWithTorchvision(name, size);
  skip(differences === undefined, 'there is no torchvision (Debian: python3-torchvision) to compare with');
  const { gradients, ...others } = differences!;
  for (const [kind, difference] of Object.entries(others)) expect(difference, kind).toBeLessThan(1e-4);
  expect(gradients).toBeLessThan(1e-3);
});
