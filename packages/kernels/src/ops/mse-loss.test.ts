import { describe, expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { runLoss, testLoss } from '../testing/loss.ts';
import { mseLoss } from './mse-loss.ts';

describe('squared error', () => {
  testLoss({
    run: mseLoss,
    reference: reference.mseLoss,
    target: (value) => 5 * value,
    refused: {
      targets: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      expected: 'a finite number',
    },
  });

  it('is the square of the difference, whose slope is twice it', () => {
    runLoss(
      (k, at) => mseLoss(k, at, 2, 2, 0.5),
      { x: [1, 2, 3, 4], targets: [1, 0, 0, 7], images: 2 },
      (losses, gradient) => {
        expect([...losses]).toEqual([2, 9]);
        expect([...gradient]).toEqual([0, 2, 3, -3]);
      },
    );
  });
});
