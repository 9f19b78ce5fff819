import type { Kernels } from '../kernels.ts';
import { checkFloats, checkLoss, type LossPointers } from './loss-checks.ts';

/**
 * Squared error, in double precision: an image's loss is scale·Σ (x − t)², its gradient scale·2(x − t). `torch.nn.MSELoss` with
 * `reduction='sum'`, times `scale`.
 *
 * @throws KernelError `KERNEL_ARGUMENT` also for a target that is not finite, `KERNEL_POINTER`
 */
export function mseLoss(k: Kernels, at: LossPointers, images: number, elements: number, scale = 1): void {
  checkLoss(k, 'mseLoss', at, { images, elements }, scale);
  checkFloats(k, 'mseLoss: target', at.targets, images * elements, Number.isFinite, 'a finite number');
  k.wasm.mseLoss(at.x, at.targets, scale, images, elements, at.gradient, at.losses);
}
