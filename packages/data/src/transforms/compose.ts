import { z } from 'zod';
import { combined } from './combined.ts';
import {
  type JsonValue,
  type OperationSpec,
  parseWith,
  type Transform,
  type TransformDefinition,
  type TransformSpec,
} from './define.ts';

/** Transforms one after the other; as a specification, the same as the list of them. */
export function compose(...transforms: TransformSpec[]): OperationSpec {
  return { op: 'compose', transforms };
}

const parameterSchema = z.strictObject({ transforms: z.array(z.unknown()) });

/**
 * What each draws its numbers as: its name and, from the second on, the how-manieth of that name it is. So what one draws is the
 * same whatever is put before, behind or in the place of others.
 */
function partNames(transforms: readonly Transform[]): readonly string[] {
  const names = transforms.map(({ spec }) => ('op' in spec ? spec.op : 'compose'));
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name} ${before + 1}`;
  });
}

/** `{ op: 'compose', transforms: [spec, …] }`: one after the other; none leaves the picture as it is. */
export const composeTransform: TransformDefinition = {
  name: 'compose',
  create(raw, build) {
    const transforms = parseWith(parameterSchema, raw, 'compose').transforms.map(build);
    const parts = partNames(transforms);
    return combined({
      spec: { op: 'compose', transforms: transforms.map(({ spec }) => spec) },
      outputShape: (shape) => transforms.reduce((current, transform) => transform.outputShape(current), shape),
      sample(generator, shape) {
        let current = shape;
        return transforms.map((transform, i) => {
          const sampled = transform.sample(generator.part(parts[i]!), current);
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
