import { describe, expect, it } from 'vitest';
import type { Kernels } from '../kernels.ts';
import * as reference from '../reference/index.ts';
import { expectValues, testActivation } from '../testing/activation.ts';
import { leakyReluBackward, leakyReluForward } from './leaky-relu.ts';

const slope = Math.fround(0.01);

describe.each<'input' | 'output'>(['input', 'output'])('leakyRelu, backward from its %s', (keeps) => {
  testActivation({
    forward: (k, x, y, length) => leakyReluForward(k, x, y, length, slope),
    backward: (k, kept, dy, dx, length) => leakyReluBackward(k, kept, dy, dx, length, slope),
    keeps,
    reference: {
      forward: (x) => reference.leakyReluForward(x, slope),
      backward: (kept, dy) => reference.leakyReluBackward(kept, dy, slope),
    },
    roundoffs: 1,
    slopeRoundoffs: 1,
    kinks: [0],
  });
});

describe('leakyRelu', () => {
  const twice = (k: Kernels, x: number, y: number, length: number) => leakyReluForward(k, x, y, length, -2);

  it('has any slope', () => {
    const infinity = Number.POSITIVE_INFINITY;
    expectValues(twice, [-1, 0, 1, infinity, -infinity], [2, -0, 1, infinity, infinity]);
  });

  it('has the sign of its input where the slope is so small that the product is 0', () => {
    const tiny = (k: Kernels, x: number, y: number, length: number) => leakyReluForward(k, x, y, length, slope);
    expectValues(tiny, [-1e-45, 1e-45], [-0, 1e-45]);
    expect(reference.leakyReluBackward([-0], [1], slope)).toEqual([slope]);
  });
});
