import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { parseWith, type Transform, type TransformDefinition } from './define.ts';
import { builtinTransforms } from './registry.ts';

const operationSchema = z.looseObject({ op: z.string() });

/**
 * Makes the transform that a specification describes, in any thread.
 *
 * ```ts
 * const transform = createTransform([{ op: 'rotate', degrees: 15 }, { op: 'translate_x', pixels: 2 }]);
 * ```
 *
 * @param spec a `TransformSpec`; checked, so it may come from a file
 * @param definitions where to find each `op`
 * @throws TransformError `TRANSFORM_UNKNOWN`, `TRANSFORM_PARAMETERS`
 */
export function createTransform(
  spec: unknown,
  definitions: readonly TransformDefinition[] = builtinTransforms,
): Transform {
  const build = (part: unknown): Transform => {
    const { op, ...parameters } = Array.isArray(part)
      ? { op: 'compose', transforms: part }
      : parseWith(operationSchema, part, 'transform');
    const definition = definitions.find(({ name }) => name === op);
    if (definition === undefined) {
      const names = definitions.map(({ name }) => name).join(', ');
      throw new TransformError('TRANSFORM_UNKNOWN', `transform: expected op to be one of ${names}, got "${op}"`);
    }
    return definition.create(parameters, build);
  };
  return build(spec);
}
