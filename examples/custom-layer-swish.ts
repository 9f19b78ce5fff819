/** Swish with a trained slope: y = x·σ(βx), one β a channel (Ramachandran, Zoph and Le, 2017, arXiv 1710.05941). */
import { defineLayer, exponential } from '@lockstep/core';
import { z } from 'zod';

const sigmoid = (x: number): number => 1 / (1 + exponential(-x));

export const swish = defineLayer({
  module: import.meta.url,
  op: 'swish',
  options: z.strictObject({ init: z.number().default(1) }),
  parameters: ({ init }, [input]) => ({
    beta: { shape: [input!.at(-1)!], initialisation: { kind: 'constant', value: init } },
  }),

  forward({ x: [x], y, parameters: { beta } }) {
    // In memory the channel is last, so that an element's is the rest of its index.
    for (let i = 0; i < y.length; i++) y[i] = x![i]! * sigmoid(beta[i % beta.length]! * x![i]!);
  },

  backward({ x: [x], dy, dx: [dx], parameters: { beta }, gradients }) {
    for (let i = 0; i < dy.length; i++) {
      const channel = i % beta.length;
      const [value, slope] = [x![i]!, beta[channel]!];
      const s = sigmoid(slope * value);
      if (dx) dx[i]! += dy[i]! * (s + slope * value * s * (1 - s));
      gradients.beta[channel]! += dy[i]! * value * value * s * (1 - s);
    }
  },
});
