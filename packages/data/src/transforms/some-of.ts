import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { combined, commonShape } from './combined.ts';
import {
  type JsonValue,
  type OperationSpec,
  parseWith,
  type TransformDefinition,
  type TransformSpec,
} from './define.ts';
import { drawIntegerFrom, integerRange } from './range.ts';

/** Some of several transforms, in the order in which they are drawn. */
export function someOf(
  count: number | readonly [min: number, max: number],
  ...transforms: TransformSpec[]
): OperationSpec {
  return { op: 'some_of', count, transforms };
}

const parameterSchema = z.strictObject({
  /** How many, or [fewest, most], each number as likely. */
  count: integerRange(0, 100),
  /** Whether one may be drawn again, as in RandAugment and AugMix. */
  replacement: z.boolean().default(false),
  transforms: z.array(z.unknown()).min(1),
});

/** `{ op: 'some_of', count: 2, transforms: [spec, …] }`: two of them, each as likely, in the order in which they are drawn. */
export const someOfTransform: TransformDefinition = {
  name: 'some_of',
  create(raw, build) {
    const { count, replacement, transforms: specs } = parseWith(parameterSchema, raw, 'some_of');
    const transforms = specs.map(build);
    if (!replacement && count[1] > transforms.length) {
      throw new TransformError(
        'TRANSFORM_PARAMETERS',
        `some_of: expected a count of at most ${transforms.length}, for so many transforms, got ${count[1]}; ` +
          'with replacement: true each may be drawn again',
      );
    }
    const last = transforms.length - 1;
    const sampledSchema = z
      .array(z.strictObject({ chosen: z.int().min(0).max(last), sampled: z.unknown() }))
      .min(count[0])
      .max(count[1]);
    return combined({
      spec: { op: 'some_of', count, replacement, transforms: transforms.map(({ spec }) => spec) },
      // Any of them may come any number of times: each must keep the shape.
      outputShape: (shape) =>
        commonShape('some_of', [shape, ...transforms.map((transform) => transform.outputShape(shape))]),
      sample(generator, shape) {
        const left = transforms.map((_, i) => i);
        return Array.from({ length: drawIntegerFrom(count, generator) }, () => {
          const at = generator.integer(left.length);
          const chosen = left[at]!;
          if (!replacement) left.splice(at, 1);
          return { chosen, sampled: transforms[chosen]!.sample(generator, shape) };
        });
      },
      steps: (value) =>
        (value as readonly { chosen: number; sampled: JsonValue }[]).map(({ chosen, sampled }) => ({
          transform: transforms[chosen]!,
          sampled,
        })),
      parseSampled: (value) =>
        parseWith(sampledSchema, value, 'some_of, sampled values').map(({ chosen, sampled }) => ({
          chosen,
          sampled: transforms[chosen]!.parseSampled(sampled),
        })),
    });
  },
};
