import { z } from 'zod';
import { copyImage, createImage, type Image } from '../image.ts';
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
    let scratch: Image | undefined;
    return {
      spec: { op: 'compose', transforms: transforms.map(({ spec }) => spec) },
      sample: (generator, shape) => transforms.map((transform) => transform.sample(generator, shape)),
      apply(image, sampled, output) {
        const values = sampled as readonly JsonValue[];
        if (transforms.length === 0) copyImage(image, output);
        let input = image;
        for (let i = 0; i < transforms.length; i++) {
          // The last one writes to the output, those before it in turn to the scratch picture and the output.
          let target = output;
          if ((transforms.length - 1 - i) % 2 === 1) {
            if (
              scratch?.height !== image.height ||
              scratch.width !== image.width ||
              scratch.channels !== image.channels
            ) {
              scratch = createImage(image);
            }
            target = scratch;
          }
          transforms[i]!.apply(input, values[i]!, target);
          input = target;
        }
      },
      parseSampled(value) {
        const values = parseWith(z.array(z.unknown()).length(transforms.length), value, 'compose, sampled values');
        return transforms.map((transform, i) => transform.parseSampled(values[i]));
      },
    };
  },
};
