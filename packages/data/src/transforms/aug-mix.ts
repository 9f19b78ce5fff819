import { beta, type Generator } from '@lockstep/core';
import { z } from 'zod';
import { createImage, type Image } from '../image.ts';
import { resamplingParameters } from './affine.ts';
import { parseWith, type TransformDefinition, transformOf } from './define.ts';
import { DrawnOperations } from './drawn-operations.ts';
import { drawIntegerFrom, integerRange } from './range.ts';
import { drawSevere, severitySchema } from './severity.ts';

const parameters = z.strictObject({
  severity: severitySchema.default(3),
  /** How many chains of operations are mixed. */
  width: z.int().min(1).max(100).default(3),
  /** Operations of a chain. */
  depth: integerRange(1, 100).default([1, 3]),
  /** Of the distributions of the weights: Dirichlet(alpha, …) of the chains, Beta(alpha, alpha) of their mixture. */
  alpha: z.number().min(0.01).max(100).default(1),
  /** Also color, contrast, brightness and sharpness. */
  allOps: z.boolean().default(false),
  ...resamplingParameters,
});

/**
 * `{ op: 'aug_mix' }`: the picture mixed with a mixture of three chains of one to three operations (Hendrycks et al., "AugMix",
 * arXiv 1912.02781, algorithm 1): (1 − m)·x + m·Σ wᵢ·chainᵢ(x), in float32, rounded to the nearest byte. Normalising before, as
 * the authors do, comes to the same but for that rounding. Masks and boxes stay: of all that is mixed the picture has a part too.
 */
export const augMixTransform: TransformDefinition = {
  name: 'aug_mix',
  create(raw, build) {
    const operations = new DrawnOperations(build, parseWith(parameters, raw, 'aug_mix'));
    const sampled = z.strictObject({
      /** Of the chains' mixture. */
      weight: z.number().min(0).max(1),
      chains: z.array(z.strictObject({ weight: z.number().min(0).max(1), operations: z.array(operations.schema) })),
    });
    let chained: Image | undefined;
    return transformOf(
      {
        name: 'aug_mix',
        parameters,
        sampled,
        sample(options, generator, shape): z.output<typeof sampled> {
          const weights = dirichlet(generator, options.alpha, options.width);
          const weight = Math.fround(beta(generator, options.alpha, options.alpha));
          const chains = weights.map((of) => {
            const depth = drawIntegerFrom(options.depth, generator);
            return {
              weight: of,
              operations: Array.from({ length: depth }, () => drawSevere(generator, options, shape)),
            };
          });
          return { weight, chains };
        },
        apply(image, { weight, chains }, output) {
          if (chained?.data.length !== image.data.length) chained = createImage(image);
          const mixture = new Float32Array(image.data.length);
          for (const { weight: share, operations: drawn } of chains) {
            chained = { ...image, data: chained.data };
            operations.sequence.apply(image, drawn, chained);
            for (let i = 0; i < mixture.length; i++) {
              mixture[i] = mixture[i]! + Math.fround(share * chained.data[i]!);
            }
          }
          const own = Math.fround(1 - weight);
          for (let i = 0; i < mixture.length; i++) {
            const mixed = Math.fround(Math.fround(own * image.data[i]!) + Math.fround(weight * mixture[i]!));
            output.data[i] = Math.min(255, Math.floor(mixed + 0.5));
          }
        },
      },
      raw,
    );
  },
};

/** Weights in float32 that are about 1 together, of Dirichlet(alpha, …): each takes a beta distributed part of what is left. */
function dirichlet(generator: Generator, alpha: number, count: number): number[] {
  let left = 1;
  return Array.from({ length: count }, (_, i) => {
    const share = i === count - 1 ? left : left * beta(generator, alpha, (count - 1 - i) * alpha);
    left -= share;
    return Math.fround(Math.max(0, share));
  });
}
