import type { Generator } from '@lockstep/core';
import { z } from 'zod';
import type { ImageShape } from '../image.ts';
import type { DrawnOperation } from './drawn-operations.ts';

/** Schema of how strong the operations of AugMix and PixMix are. */
export const severitySchema = z.number().min(0.1).max(10);

/** The operations of AugMix, in its order; then those that its authors left out, since they are among the corruptions to be withstood. */
const operations = ['autocontrast', 'equalize', 'posterize', 'rotate', 'solarize', 'shear_x', 'shear_y', 'translate_x', 'translate_y']; // biome-ignore format: one line
const allOperations = [...operations, 'color', 'contrast', 'brightness', 'sharpness'];

/** Draws one of the operations, each as likely, and how strong it is. */
export function drawSevere(
  generator: Generator,
  { severity, allOps }: { readonly severity: number; readonly allOps: boolean },
  shape: ImageShape,
): DrawnOperation {
  const names = allOps ? allOperations : operations;
  const op = names[generator.integer(names.length)]!;
  if (op === 'autocontrast' || op === 'equalize') return { op };
  const level = generator.uniform(0.1, severity);
  const negative =
    ['rotate', 'shear_x', 'shear_y', 'translate_x', 'translate_y'].includes(op) && generator.uniform() > 0.5;
  return operationOfLevel(op, level, negative, shape);
}

/** The operation of a level in 0.1…10, as in google-research's `augmentations.py` and PixMix's `pixmix_utils.py`. */
export function operationOfLevel(
  op: string,
  level: number,
  negative: boolean,
  { height, width }: ImageShape,
): DrawnOperation {
  // In the order of their operations, which decides the last bit. 0 − m, since the negative of 0 would be −0.
  const share = (most: number): number => (level * most) / 10;
  const signed = (magnitude: number): number => (negative ? 0 - magnitude : magnitude);
  switch (op) {
    case 'posterize':
      return { op, bits: 4 - Math.trunc(share(4)) };
    case 'rotate':
      return { op, degrees: signed(Math.trunc(share(30))) };
    case 'solarize':
      return { op, threshold: 256 - Math.trunc(share(256)) };
    case 'shear_x':
    case 'shear_y':
      return { op, amount: signed(share(0.3)) };
    case 'translate_x':
      return { op, pixels: signed(Math.trunc(share(width / 3))) };
    case 'translate_y':
      return { op, pixels: signed(Math.trunc(share(height / 3))) };
    default:
      return { op, factor: share(1.8) + 0.1 };
  }
}
