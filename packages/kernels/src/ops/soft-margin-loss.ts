import type { Kernels } from '../kernels.ts';
import { checkFloats, checkLoss, type LossPointers } from './loss-checks.ts';

/**
 * Logistic loss of scores against signs, in double precision: an image's loss is scale·Σ ln(1 + e^(−t·x)), its gradient
 * −scale·t·σ(−t·x). Binary logistic regression; `torch.nn.SoftMarginLoss` with `reduction='sum'`, times `scale`. No finite score
 * overflows.
 *
 * @throws KernelError `KERNEL_ARGUMENT` also for a target that is neither 1 nor −1, `KERNEL_POINTER`
 */
export function softMarginLoss(k: Kernels, at: LossPointers, images: number, elements: number, scale = 1): void {
  checkLoss(k, 'softMarginLoss', at, { images, elements }, scale);
  checkFloats(k, 'softMarginLoss: target', at.targets, images * elements, isSign, '1 or -1');
  k.wasm.softMarginLoss(at.x, at.targets, scale, images, elements, at.gradient, at.losses);
}

const isSign = (value: number): boolean => value === 1 || value === -1;
