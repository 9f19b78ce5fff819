import { KernelError } from '../errors.ts';
import { checkCounts, type Kernels } from '../kernels.ts';

/** Regions that every loss element by element has. */
export interface LossPointers {
  /** float32 [images][elements] */
  readonly x: number;
  /** float32 [images][elements] */
  readonly targets: number;
  /** float32 [images][elements], may be `x`; 0 for none. */
  readonly gradient: number;
  /** float64 [images] */
  readonly losses: number;
}

/** Refuses counts and regions of a loss element by element. @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER` */
export function checkLoss(
  k: Kernels,
  op: string,
  { x, targets, gradient, losses }: LossPointers,
  counts: { readonly images: number } & Readonly<Record<string, number>>,
  scale: number,
): void {
  checkCounts(op, counts);
  checkScale(op, scale);
  const elements = Object.values(counts).reduce((product, count) => product * count, 1);
  k.check(`${op}: x`, x, elements);
  k.check(`${op}: targets`, targets, elements);
  if (gradient !== 0) k.check(`${op}: gradient`, gradient, elements);
  k.check(`${op}: losses`, losses, counts.images, 8);
}

/** Refuses what a loss and its gradient cannot be multiplied by. @throws KernelError `KERNEL_ARGUMENT` */
export function checkScale(op: string, scale: number): void {
  if (Number.isFinite(scale)) return;
  throw new KernelError('KERNEL_ARGUMENT', `${op}: expected scale to be finite, got ${scale}`);
}

/**
 * Refuses a float32 in memory that is none of the allowed ones, and says which.
 *
 * @throws KernelError `KERNEL_ARGUMENT`
 */
export function checkFloats(
  k: Kernels,
  name: string,
  pointer: number,
  count: number,
  allowed: (value: number) => boolean,
  expected: string,
): void {
  const first = pointer / 4;
  for (let i = 0; i < count; i++) {
    const value = k.f32[first + i]!;
    if (allowed(value)) continue;
    throw new KernelError('KERNEL_ARGUMENT', `${name} ${i}: expected ${expected}, got ${value}`);
  }
}

/** What probabilities, and shares of a target, are. */
export const isShare = (value: number): boolean => value >= 0 && value <= 1;

/** What classes are weighted with. */
export const isWeight = (value: number): boolean => value >= 0 && value < Number.POSITIVE_INFINITY;
