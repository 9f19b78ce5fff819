import { describe, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { expectValues, testActivation } from '../testing/activation.ts';
import { tanhBackward, tanhForward } from './tanh.ts';

const infinity = Number.POSITIVE_INFINITY;

describe('tanh', () => {
  testActivation({
    forward: tanhForward,
    backward: tanhBackward,
    keeps: 'output',
    reference: { forward: reference.tanhForward, backward: reference.tanhBackward },
    roundoffs: 3,
    slopeRoundoffs: 2,
  });

  it('has its limits, and keeps the sign of 0', () => {
    expectValues(tanhForward, [-infinity, -0, 0, 1e-45, -10, infinity], [-1, -0, 0, 1e-45, -1, 1]);
  });
});
