import type { JsonValue, OperationSpec, TransformSpec } from './define.ts';

/**
 * What is left of a transform where pictures are looked at as they are, in evaluation: only what gives them their shape. A random
 * crop becomes one of the middle; a random resized crop becomes the middle of the picture resized to 8/7 of it, as torchvision's
 * references evaluate at 224 with 256. All else is left out.
 *
 * @param spec with defaults filled in or without
 */
export function withoutChance(spec: TransformSpec): readonly TransformSpec[] {
  if (isList(spec)) return spec.flatMap(withoutChance);
  switch (spec.op) {
    case 'center_crop':
    case 'grayscale':
    case 'resize':
      return [spec];
    case 'random_crop': {
      const { padding: _, ...rest } = spec;
      return [{ ...rest, op: 'center_crop' }];
    }
    case 'random_resized_crop': {
      const size = spec.size as number | readonly [number, number];
      const longer = typeof size === 'number' ? size : Math.max(...size);
      const resize = { op: 'resize', size: Math.ceil((longer * 8) / 7), resample: spec.resample ?? 'bilinear' };
      return [resize, { op: 'center_crop', size }];
    }
    case 'compose':
      return withoutChance(spec.transforms as readonly OperationSpec[]);
    // Its alternatives agree on the shape.
    case 'one_of':
      return withoutChance((spec.transforms as readonly OperationSpec[])[0]!);
    default:
      return [];
  }
}

const isList = (spec: JsonValue): spec is readonly TransformSpec[] => Array.isArray(spec);
