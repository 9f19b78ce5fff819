import type { Generator } from '@lockstep/core';
import type { z } from 'zod';
import type { ImageShape } from '../image.ts';
import { resamplingParameters } from './affine.ts';
import { type JsonObject, parseWith, type TransformDefinition } from './define.ts';
import { type DrawnOperation, DrawnOperations } from './drawn-operations.ts';
import type { Fill } from './fill.ts';

/** Schema of how a policy of torchvision resamples: by the nearest pixel, unless told otherwise. */
export const policyResampling = { ...resamplingParameters, resample: resamplingParameters.resample.default('nearest') };

interface DrawnPolicyParameters extends JsonObject {
  readonly resample: string;
  readonly fill: Fill;
}

interface DrawnPolicyParts<Parameters extends DrawnPolicyParameters> {
  readonly name: string;
  readonly parameters: z.ZodType<Parameters>;
  /** The operations that are done, one after the other. */
  draw(parameters: Parameters, generator: Generator, shape: ImageShape): DrawnOperation[];
}

/** Defines a transform that draws operations and their numbers, and does them; a list of them is what it samples. */
export function defineDrawnPolicy<Parameters extends DrawnPolicyParameters>(
  parts: DrawnPolicyParts<Parameters>,
): TransformDefinition {
  const { name } = parts;
  return {
    name,
    create(raw, build) {
      const parameters = parseWith(parts.parameters, raw, name);
      return {
        ...new DrawnOperations(build, parameters).sequence,
        spec: { ...parameters, op: name },
        sample: (generator, shape) => parts.draw(parameters, generator, shape),
      };
    },
  };
}
