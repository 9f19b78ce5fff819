import { TransformError } from '../errors.ts';
import { checkSameShape, copyImage, createImage, type Image, type ImageShape } from '../image.ts';
import type { JsonValue, Transform } from './define.ts';

/** One transform and what chance decided for it. */
export interface Step {
  readonly transform: Transform;
  readonly sampled: JsonValue;
}

/** A transform that is made of others: which of them chance decides on, and with what. */
export interface CombinedParts extends Pick<Transform, 'spec' | 'outputShape' | 'sample' | 'parseSampled'> {
  /** What is done, in order, for such sampled values. */
  steps(sampled: JsonValue): readonly Step[];
}

/** Completes a transform that is made of others. It keeps the pictures between the steps for the next time. */
export function combined(parts: CombinedParts): Transform {
  const between: [Image?, Image?] = [];
  const scratch = (index: number, shape: ImageShape): Image => {
    const kept = between[index];
    if (kept?.height === shape.height && kept.width === shape.width && kept.channels === shape.channels) return kept;
    const made = createImage(shape);
    between[index] = made;
    return made;
  };
  const run = (sampled: JsonValue, image: Image, output: Image | undefined, isMask: boolean): Image => {
    const steps = parts.steps(sampled);
    if (steps.length === 0) {
      const copy = output ?? createImage(image);
      checkSameShape('compose', image, copy);
      copyImage(image, copy);
      return copy;
    }
    let from = image;
    steps.forEach((step, i) => {
      const shape = step.transform.outputShape(from);
      const to = isMask ? { ...shape, channels: from.channels } : shape;
      const last = i === steps.length - 1;
      const target = last ? (output ?? createImage(to)) : scratch(i % 2, to);
      const method = isMask ? step.transform.applyToMask : step.transform.apply;
      from = method(from, step.sampled, target);
    });
    return from;
  };
  return {
    spec: parts.spec,
    outputShape: parts.outputShape,
    sample: parts.sample,
    parseSampled: parts.parseSampled,
    apply: (image, sampled, output) => run(sampled, image, output, false),
    applyToMask: (mask, sampled, output) => run(sampled, mask, output, true),
    applyToBoxes(boxes, sampled, shape) {
      let mapped = [...boxes];
      let current = shape;
      for (const step of parts.steps(sampled)) {
        mapped = step.transform.applyToBoxes(mapped, step.sampled, current);
        current = step.transform.outputShape(current);
      }
      return mapped;
    },
  };
}

/**
 * The shape that alternatives agree on.
 *
 * @throws TransformError `TRANSFORM_IMAGE` where they do not
 */
export function commonShape(operation: string, shapes: readonly ImageShape[]): ImageShape {
  const [first] = shapes;
  for (const shape of shapes) {
    if (shape.height === first!.height && shape.width === first!.width && shape.channels === first!.channels) continue;
    throw new TransformError(
      'TRANSFORM_IMAGE',
      `${operation}: expected alternatives that give pictures of one shape, got ${JSON.stringify(first)} and ` +
        `${JSON.stringify(shape)}: chance must not decide the shape of a result`,
    );
  }
  return first!;
}
