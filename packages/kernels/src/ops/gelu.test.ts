import { describe, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { expectValues, testActivation } from '../testing/activation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from './gelu.ts';

const infinity = Number.POSITIVE_INFINITY;

describe('gelu', () => {
  testActivation({
    forward: geluForward,
    backward: geluBackward,
    keeps: 'input',
    reference: { forward: reference.geluForward, backward: reference.geluBackward },
    roundoffs: 6,
    slopeRoundoffs: 8,
  });

  it('has its limits', () => {
    expectValues(geluForward, [-1000, -0, 0, 10, infinity], [-0, -0, 0, 10, infinity]);
  });
});

describe('geluTanh', () => {
  testActivation({
    forward: geluTanhForward,
    backward: geluTanhBackward,
    keeps: 'input',
    reference: { forward: reference.geluTanhForward, backward: reference.geluTanhBackward },
    roundoffs: (x) => 4 + 3 * Math.abs(1.596 * x + 0.0714 * x ** 3),
    slopeRoundoffs: 16,
    underflow: 1e-36,
  });

  it('has its limits', () => {
    expectValues(geluTanhForward, [-1000, -0, 0, 10, infinity], [-0, -0, 0, 10, infinity]);
  });
});

describe('normalDistribution', () => {
  // Abramowitz and Stegun, table 26.1, and Wolfram Alpha beyond it.
  it.each([
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1, 0.8413447460685429],
    [-2, 0.02275013194817921],
    [2.999999, 0.9986500975365149],
    [3.000001, 0.9986501064002117],
    [-5, 2.866515718791939e-7],
    [-10, 7.619853024160527e-24],
  ])('of %d is %d', (x, expected) => {
    expectClose('Φ', [reference.normalDistribution(x)], [expected], 1e-11 * expected);
  });
});
