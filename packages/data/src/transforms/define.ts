import type { Generator } from '@lockstep/core';
import type { PerspectiveCoefficients } from '@lockstep/kernels';
import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { checkSameShape, copyImage, type Image, type ImageShape, newImage } from '../image.ts';
import { type Box, mapBox } from './geometry.ts';

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** What a JSON object can hold. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** One step: the name of a transform and its parameters, e.g. `{ op: 'rotate', degrees: 15 }`. */
export interface OperationSpec {
  readonly op: string;
  readonly [parameter: string]: JsonValue;
}

/**
 * A transform as plain JSON data, which travels to worker threads and into files. A list means one after the other; the
 * empty list leaves pictures as they are.
 */
export type TransformSpec = OperationSpec | readonly TransformSpec[];

/**
 * Something done to a picture, in two parts: what is left to chance is drawn first, as plain JSON data, and then done.
 * So any result can be had again from what was drawn.
 *
 * A transform may keep buffers between calls: one instance belongs to one thread.
 */
export interface Transform {
  /** The description this was made from, defaults filled in; `createTransform(spec)` makes the same again. */
  readonly spec: TransformSpec;
  /**
   * The shape of what it makes of a picture of this shape, whatever chance decides.
   *
   * @throws TransformError `TRANSFORM_IMAGE` where it takes no such picture
   */
  outputShape(shape: ImageShape): ImageShape;
  /** Draws what is left to chance, for a picture of this shape. */
  sample(generator: Generator, shape: ImageShape): JsonValue;
  /**
   * Does it. `sampled` comes from `sample` or `parseSampled`; `output` has the shape that `outputShape` says and memory of
   * its own, and is overwritten whole.
   *
   * @param output by default a new picture
   * @returns `output`
   * @throws TransformError `TRANSFORM_IMAGE` where the pictures do not fit
   */
  apply(image: Image, sampled: JsonValue, output?: Image): Image;
  /**
   * Does the same to a mask of the picture's height and width: where things move, it moves with them, by the nearest pixel
   * and with 0 outside (mirrored where the picture is); what only changes colours leaves it as it is.
   *
   * @throws TransformError `TRANSFORM_IMAGE` where the pictures do not fit
   */
  applyToMask(mask: Image, sampled: JsonValue, output?: Image): Image;
  /**
   * Where boxes of a picture of this shape go: the smallest boxes around their corners, cut off at the edges; null for one
   * of which nothing is left, and for null.
   */
  applyToBoxes(boxes: readonly (Box | null)[], sampled: JsonValue, shape: ImageShape): (Box | null)[];
  /**
   * Checks sampled values that come from outside, such as a file, before they are replayed.
   *
   * @throws TransformError `TRANSFORM_PARAMETERS`
   */
  parseSampled(value: unknown): JsonValue;
}

/** A kind of transform: what `createTransform` finds under the name `op`. */
export interface TransformDefinition {
  readonly name: string;
  /**
   * @param parameters the specification without `op`
   * @param build makes the transforms that this one is made of, where it is
   * @throws TransformError `TRANSFORM_PARAMETERS`
   */
  create(parameters: unknown, build: (spec: unknown) => Transform): Transform;
}

/** All that an augmentation is: one such object, and its line in `registry.ts`. */
export interface TransformParts<Parameters extends JsonObject, Sampled extends JsonValue> {
  /** The `op` of its specifications. */
  readonly name: string;
  /** Schema of its parameters, with ranges and defaults; what it gives must be valid input again. */
  readonly parameters: z.ZodType<Parameters>;
  /** Schema of what `sample` draws. */
  readonly sampled: z.ZodType<Sampled>;
  sample(parameters: Parameters, generator: Generator, shape: ImageShape): Sampled;
  /** The shape of what comes out, where it is not that of what goes in. */
  outputShape?(shape: ImageShape, parameters: Parameters): ImageShape;
  /** Writes all of `output`, which has the shape that `outputShape` says, and memory of its own. */
  apply(image: Image, sampled: Sampled, output: Image, parameters: Parameters): void;
  /**
   * For what moves things: the map from the output to an input of this shape. Masks are then applied to with the parameters
   * `resample: 'nearest'` and `fill: 0`, where there are such. Without it, masks and boxes stay as they are.
   */
  geometry?(shape: ImageShape, sampled: Sampled, parameters: Parameters): PerspectiveCoefficients;
}

/**
 * Defines a transform of single pictures.
 *
 * ```ts
 * const complement = defineTransform({
 *   name: 'complement',
 *   parameters: z.strictObject({}),
 *   sampled: z.null(),
 *   sample: () => null,
 *   apply: (image, _sampled, output) => output.data.forEach((_, i) => { output.data[i] = 255 - image.data[i]!; }),
 * });
 * createTransform({ op: 'complement' }, [...builtinTransforms, complement]);
 * ```
 */
export function defineTransform<Parameters extends JsonObject, Sampled extends JsonValue>(
  parts: TransformParts<Parameters, Sampled>,
): TransformDefinition {
  return { name: parts.name, create: (raw) => transformOf(parts, raw) };
}

/**
 * The transform of some parameters.
 *
 * @throws TransformError `TRANSFORM_PARAMETERS`
 */
export function transformOf<Parameters extends JsonObject, Sampled extends JsonValue>(
  parts: TransformParts<Parameters, Sampled>,
  raw: unknown,
): Transform {
  const { name } = parts;
  const parameters = parseWith(parts.parameters, raw, name);
  const forMasks = { ...parameters };
  if ('resample' in forMasks) Object.assign(forMasks, { resample: 'nearest' });
  if ('fill' in forMasks) Object.assign(forMasks, { fill: 0 });
  const outputShape = (shape: ImageShape): ImageShape => parts.outputShape?.(shape, parameters) ?? shape;
  return {
    spec: { ...parameters, op: name },
    outputShape,
    sample: (generator, shape) => parts.sample(parameters, generator, shape),
    // The values come from `sample` or `parseSampled` of the same transform: checking each again would cost more
    // than many a transform.
    apply(image, sampled, output = newImage(outputShape(image))) {
      parts.apply(image, sampled as Sampled, output, parameters);
      return output;
    },
    applyToMask(mask, sampled, output) {
      if (parts.geometry === undefined) {
        const same = output ?? newImage(mask);
        checkSameShape(name, mask, same);
        copyImage(mask, same);
        return same;
      }
      const moved = output ?? newImage({ ...outputShape(mask), channels: mask.channels });
      parts.apply(mask, sampled as Sampled, moved, forMasks);
      return moved;
    },
    applyToBoxes(boxes, sampled, shape) {
      const map = parts.geometry?.(shape, sampled as Sampled, parameters);
      if (map === undefined) return [...boxes];
      const into = outputShape(shape);
      return boxes.map((box) => box && mapBox(box, map, into));
    },
    parseSampled: (value) => parseWith(parts.sampled, value, `${name}, sampled values`),
  };
}

/**
 * What a schema makes of a value.
 *
 * @param where begins the message
 * @throws TransformError `TRANSFORM_PARAMETERS`, with what each field expected
 */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new TransformError(
    'TRANSFORM_PARAMETERS',
    `${where}: ${JSON.stringify(value)}\n${z.prettifyError(result.error)}`,
  );
}
