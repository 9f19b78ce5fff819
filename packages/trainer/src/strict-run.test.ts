import { kernelModule } from '@lockstep/kernels';
import { expect, it } from 'vitest';
import { weightsSha256 } from './state-digest.ts';
import { tinyKernels, tinyOptions } from './testing/tiny-run.ts';
import { Trainer } from './trainer.ts';

// Fifteen steps with augmentation, batch norm, momentum and a cosine schedule. Nothing in it depends on the machine, so that
// this is the digest on every one. Whoever changes what a step computes sees it here, and writes the new digest knowingly.
it('has these weights on every machine', async () => {
  const kernels = { ...tinyKernels, build: 'strict', module: kernelModule('strict') } as const;
  await using trainer = new Trainer(tinyOptions({ workers: 2, kernels }));
  while (trainer.step < trainer.steps) await trainer.run(trainer.steps);
  expect(weightsSha256(trainer.state().model)).toBe('84abd6e59db5c7d3fe0fb82b2bd0f0a72c12e6bdb032529aefb8456369512919');
});
