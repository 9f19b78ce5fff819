import { z } from 'zod';
import { combined } from './combined.ts';
import {
  type JsonValue,
  type OperationSpec,
  parseWith,
  type TransformDefinition,
  type TransformSpec,
} from './define.ts';

/** Transforms one after the other; as a specification, the same as the list of them. */
export function compose(...transforms: TransformSpec[]): OperationSpec {
  return { op: 'compose', transforms };
}

const parameterSchema = z.strictObject({ transforms: z.array(z.unknown()) });

/** `{ op: 'compose', transforms: [spec, …] }`: one after the other; none leaves the picture as it is. */
export const composeTransform: TransformDefinition = {
  name: 'compose',
  create(raw, build) {
    const transforms = parseWith(parameterSchema, raw, 'compose').transforms.map(build);
    return combined({
      spec: { op: 'compose', transforms: transforms.map(({ spec }) => spec) },
      outputShape: (shape) => transforms.reduce((current, transform) => transform.outputShape(current), shape),
      sample(generator, shape) {
        let current = shape;
        return transforms.map((transform) => {
          const sampled = transform.sample(generator, current);
          current = transform.outputShape(current);
          return sampled;
        });
      },
      steps: (sampled) =>
        (sampled as readonly JsonValue[]).map((of, i) => ({ transform: transforms[i]!, sampled: of })),
      parseSampled(value) {
        const values = parseWith(z.array(z.unknown()).length(transforms.length), value, 'compose, sampled values');
        return transforms.map((transform, i) => transform.parseSampled(values[i]));
      },
    });
  },
};
