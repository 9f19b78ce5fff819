import { z } from 'zod';
import { combined, commonShape } from './combined.ts';
import {
  type JsonValue,
  type OperationSpec,
  parseWith,
  type TransformDefinition,
  type TransformSpec,
} from './define.ts';

/** One of several transforms, each as likely, chosen anew for each sample. */
export function oneOf(...transforms: TransformSpec[]): OperationSpec {
  return { op: 'one_of', transforms };
}

const parameterSchema = z.strictObject({ transforms: z.array(z.unknown()).min(1) });

/** `{ op: 'one_of', transforms: [spec, …] }`: one of them, each as likely. */
export const oneOfTransform: TransformDefinition = {
  name: 'one_of',
  create(raw, build) {
    const transforms = parseWith(parameterSchema, raw, 'one_of').transforms.map(build);
    const sampledSchema = z.strictObject({
      chosen: z
        .int()
        .min(0)
        .max(transforms.length - 1),
      sampled: z.unknown(),
    });
    return combined({
      spec: { op: 'one_of', transforms: transforms.map(({ spec }) => spec) },
      outputShape: (shape) =>
        commonShape(
          'one_of',
          transforms.map((transform) => transform.outputShape(shape)),
        ),
      sample(generator, shape) {
        const chosen = generator.integer(transforms.length);
        return { chosen, sampled: transforms[chosen]!.sample(generator, shape) };
      },
      steps(value) {
        const { chosen, sampled } = value as { chosen: number; sampled: JsonValue };
        return [{ transform: transforms[chosen]!, sampled }];
      },
      parseSampled(value) {
        const { chosen, sampled } = parseWith(sampledSchema, value, 'one_of, sampled values');
        return { chosen, sampled: transforms[chosen]!.parseSampled(sampled) };
      },
    });
  },
};
