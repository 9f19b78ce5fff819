import type { ImageShape } from '../image.ts';
import type { DrawnOperation } from './drawn-operations.ts';
import { roundHalfEven } from './rounding.ts';

/** How far the operations of a policy go at its largest magnitude, as in torchvision 0.14's `_augmentation_space`. */
export interface MagnitudeSpace {
  readonly shear: number;
  /** Pixels, for a picture that is so long in this direction. */
  translate(size: number): number;
  readonly degrees: number;
  /** Of brightness, color, contrast and sharpness: how far the factor is from 1. */
  readonly factor: number;
  /** Bits that posterize takes away. */
  readonly bits: number;
}

/** The space of AutoAugment and RandAugment. */
export const narrowSpace: MagnitudeSpace = {
  shear: 0.3,
  translate: (size) => (150 / 331) * size,
  degrees: 30,
  factor: 0.9,
  bits: 4,
};

/** Whether chance decides on the sign of an operation's magnitude. */
export function isSigned(op: string): boolean {
  return !['identity', 'posterize', 'solarize', 'autocontrast', 'equalize', 'invert'].includes(op);
}

/**
 * The operation of a magnitude, as torchvision's `_apply_op` does it with Pillow.
 *
 * @param index of the magnitude among `bins` equally far from each other
 */
export function operationOfMagnitude(
  op: string,
  space: MagnitudeSpace,
  { index, bins, negative }: { readonly index: number; readonly bins: number; readonly negative: boolean },
  { height, width }: ImageShape,
): DrawnOperation {
  const upTo = (end: number): number => {
    const magnitude = linspace(0, end, bins, index);
    // 0 − m, since the negative of 0 would be −0, which JSON does not keep.
    return negative ? 0 - magnitude : magnitude;
  };
  switch (op) {
    case 'shear_x':
    case 'shear_y':
      return { op, amount: upTo(space.shear) };
    // torchvision counts to the right and down, Pillow's matrix to the left and up.
    case 'translate_x':
      return { op, pixels: 0 - Math.trunc(upTo(space.translate(width))) };
    case 'translate_y':
      return { op, pixels: 0 - Math.trunc(upTo(space.translate(height))) };
    case 'rotate':
      return { op, degrees: upTo(space.degrees) };
    case 'posterize':
      return { op, bits: 8 - roundHalfEven(index / ((bins - 1) / space.bits)) };
    case 'solarize':
      // Values are integers: below the threshold are those that are below the next integer.
      return { op, threshold: Math.ceil(linspace(255, 0, bins, index)) };
    case 'brightness':
    case 'color':
    case 'contrast':
    case 'sharpness':
      return { op, factor: 1 + upTo(space.factor) };
    default:
      return { op };
  }
}

/** Element `i` of `torch.linspace(start, end, steps)`, in float32. */
function linspace(start: number, end: number, steps: number, i: number): number {
  const [first, last] = [Math.fround(start), Math.fround(end)];
  const step = Math.fround(Math.fround(last - first) / (steps - 1));
  if (i < steps / 2) return Math.fround(first + step * i);
  return Math.fround(last - step * (steps - 1 - i));
}
