import { describe, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { expectValues, testActivation } from '../testing/activation.ts';
import { sigmoidBackward, sigmoidForward } from './sigmoid.ts';

const infinity = Number.POSITIVE_INFINITY;

describe('sigmoid', () => {
  testActivation({
    forward: sigmoidForward,
    backward: sigmoidBackward,
    keeps: 'output',
    reference: { forward: reference.sigmoidForward, backward: reference.sigmoidBackward },
    roundoffs: 3,
    slopeRoundoffs: 1,
  });

  it('has its limits', () => {
    expectValues(sigmoidForward, [-infinity, -104, -0, 0, 20, infinity], [0, 0, 0.5, 0.5, 1, 1]);
  });
});
