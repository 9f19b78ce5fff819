import { describe, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { expectValues, testActivation } from '../testing/activation.ts';
import { relu6Backward, relu6Forward } from './relu6.ts';

const infinity = Number.POSITIVE_INFINITY;

describe('relu6', () => {
  testActivation({
    forward: relu6Forward,
    backward: relu6Backward,
    keeps: 'output',
    reference: { forward: reference.relu6Forward, backward: reference.relu6Backward },
    roundoffs: 0,
    slopeRoundoffs: 0,
    underflow: 0,
    kinks: [0, 6],
  });

  it('stays between 0 and 6', () => {
    expectValues(relu6Forward, [-0, -infinity, infinity, 6.0000005, 5.9999995, 1e-45], [-0, 0, 6, 6, 5.9999995, 1e-45]);
  });

  it('has no gradient at 0 and at 6, as PyTorch has it', () => {
    expectValues((k, y, dx, length) => relu6Backward(k, y, y, dx, length), [0, 1, 6, 5.9999995], [0, 1, 0, 5.9999995]);
  });
});
