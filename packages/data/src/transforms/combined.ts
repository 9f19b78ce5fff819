import { TransformError } from '../errors.ts';
import { bytesOf, checkSameShape, copyImage, type Image, type ImageShape, newImage } from '../image.ts';
import { withKernelMemory } from '../run-kernel.ts';
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

/** Completes a transform that is made of others. The pictures between the steps stay in the kernels' memory. */
export function combined(parts: CombinedParts): Transform {
  const run = (sampled: JsonValue, image: Image, output: Image | undefined, isMask: boolean): Image => {
    const steps = parts.steps(sampled);
    if (steps.length === 0) {
      const copy = output ?? newImage(image);
      checkSameShape('compose', image, copy);
      copyImage(image, copy);
      return copy;
    }
    const shapes: ImageShape[] = [];
    for (const { transform } of steps) {
      const shape = transform.outputShape(shapes.at(-1) ?? image);
      shapes.push(isMask ? { ...shape, channels: image.channels } : shape);
    }
    const target = output ?? newImage(shapes.at(-1)!);
    // A step reads one of two regions and writes the other.
    const lengths = [0, 0];
    for (const [i, shape] of shapes.slice(0, -1).entries()) lengths[i % 2] = Math.max(lengths[i % 2]!, bytesOf(shape));
    withKernelMemory(lengths.slice(0, steps.length - 1), (regions) => {
      let from = image;
      for (const [i, { transform, sampled: decided }] of steps.entries()) {
        const { height, width, channels } = shapes[i]!;
        const isLast = i === steps.length - 1;
        const data = isLast ? target.data : regions[i % 2]!.subarray(0, bytesOf(shapes[i]!));
        const to = isLast ? target : { data, height, width, channels };
        from = isMask ? transform.applyToMask(from, decided, to) : transform.apply(from, decided, to);
      }
    });
    return target;
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
