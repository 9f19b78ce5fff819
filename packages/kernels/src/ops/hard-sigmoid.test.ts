import { describe, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { expectValues, testActivation } from '../testing/activation.ts';
import { hardSigmoidBackward, hardSigmoidForward } from './hard-sigmoid.ts';

const infinity = Number.POSITIVE_INFINITY;

describe('hardSigmoid', () => {
  testActivation({
    forward: hardSigmoidForward,
    backward: hardSigmoidBackward,
    keeps: 'output',
    reference: { forward: reference.hardSigmoidForward, backward: reference.hardSigmoidBackward },
    roundoffs: (x) => 2 + 2 / Math.abs(x + 3),
    slopeRoundoffs: 1,
    underflow: 0,
    kinks: [-3, 3],
  });

  it('is 0 to −3, and 1 from 3 on', () => {
    expectValues(hardSigmoidForward, [-infinity, -3, 0, 3, infinity], [0, 0, 0.5, 1, 1]);
  });
});
