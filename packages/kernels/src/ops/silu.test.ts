import { describe, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { expectValues, testActivation } from '../testing/activation.ts';
import { siluBackward, siluForward } from './silu.ts';

const infinity = Number.POSITIVE_INFINITY;

describe('silu', () => {
  testActivation({
    forward: siluForward,
    backward: siluBackward,
    keeps: 'input',
    reference: { forward: reference.siluForward, backward: reference.siluBackward },
    roundoffs: 3,
    slopeRoundoffs: 6,
    underflow: 1e-36,
  });

  it('has its limits', () => {
    expectValues(siluForward, [-1000, -0, 0, 50, infinity], [-0, -0, 0, 50, infinity]);
  });
});
