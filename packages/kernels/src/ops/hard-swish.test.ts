import { describe, it } from 'vitest';
import type { Kernels } from '../kernels.ts';
import * as reference from '../reference/index.ts';
import { expectValues, testActivation } from '../testing/activation.ts';
import { hardSwishBackward, hardSwishForward } from './hard-swish.ts';

describe('hardSwish', () => {
  testActivation({
    forward: hardSwishForward,
    backward: hardSwishBackward,
    keeps: 'input',
    reference: { forward: reference.hardSwishForward, backward: reference.hardSwishBackward },
    roundoffs: (x) => 3 + 2 / Math.abs(x + 3),
    slopeRoundoffs: 4,
    kinks: [-3, 3],
  });

  it('is 0 to −3, and x from 3 on', () => {
    expectValues(hardSwishForward, [-100, -3, -1.5, 0, 3, 100], [-0, -0, -0.375, 0, 3, 100]);
  });

  it('has the slope −1/2 at −3 and 3/2 at 3, as PyTorch has it', () => {
    const slopes = (k: Kernels, x: number, dx: number, length: number) => {
      const one = new Float32Array(length).fill(1);
      k.f32.set(one, dx / 4);
      hardSwishBackward(k, x, dx, dx, length);
    };
    expectValues(slopes, [-3.0000002, -3, 0, 3, 3.0000002], [0, -0.5, 0.5, 1.5, 1]);
  });
});
