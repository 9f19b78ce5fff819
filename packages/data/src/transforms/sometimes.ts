import { z } from 'zod';
import { combined, commonShape } from './combined.ts';
import {
  type JsonValue,
  type OperationSpec,
  parseWith,
  type TransformDefinition,
  type TransformSpec,
} from './define.ts';
import { probability } from './range.ts';

/** A transform that is done with a probability, else not. */
export function sometimes(chance: number, transform: TransformSpec): OperationSpec {
  return { op: 'sometimes', probability: chance, transform };
}

const parameterSchema = z.strictObject({ probability: probability(), transform: z.unknown() });
const sampledSchema = z.union([z.null(), z.strictObject({ sampled: z.unknown() })]);

/** `{ op: 'sometimes', probability: 0.5, transform: spec }`: done for every other sample, as chance has it. */
export const sometimesTransform: TransformDefinition = {
  name: 'sometimes',
  create(raw, build) {
    const parameters = parseWith(parameterSchema, raw, 'sometimes');
    const transform = build(parameters.transform);
    return combined({
      spec: { op: 'sometimes', probability: parameters.probability, transform: transform.spec },
      outputShape: (shape) => commonShape('sometimes', [shape, transform.outputShape(shape)]),
      sample(generator, shape) {
        if (generator.uniform() >= parameters.probability) return null;
        return { sampled: transform.sample(generator, shape) };
      },
      steps(value) {
        if (value === null) return [];
        return [{ transform, sampled: (value as { sampled: JsonValue }).sampled }];
      },
      parseSampled(value) {
        const parsed = parseWith(sampledSchema, value, 'sometimes, sampled values');
        return parsed && { sampled: transform.parseSampled(parsed.sampled) };
      },
    });
  },
};
