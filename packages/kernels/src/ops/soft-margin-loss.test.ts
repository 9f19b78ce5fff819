import { describe, expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { runLoss, testLoss } from '../testing/loss.ts';
import { softMarginLoss } from './soft-margin-loss.ts';

describe('logistic loss', () => {
  testLoss({
    run: softMarginLoss,
    reference: reference.softMarginLoss,
    target: (value) => (value < 0 ? -1 : 1),
    refused: { targets: [0, 0.5, Number.NaN, Number.POSITIVE_INFINITY], expected: '1 or -1' },
  });

  it('is ln 2 where the score says nothing, and exact where e^x would overflow or vanish', () => {
    runLoss(
      (k, at) => softMarginLoss(k, at, 4, 1),
      { x: [0, 1e30, 1e30, -50], targets: [1, -1, 1, -1], images: 4 },
      (losses, gradient) => {
        expect([...losses]).toEqual([Math.LN2, Math.fround(1e30), 0, Math.exp(-50)]);
        expect([...gradient]).toEqual([-0.5, 1, -0, Math.fround(Math.exp(-50))]);
      },
    );
  });
});
