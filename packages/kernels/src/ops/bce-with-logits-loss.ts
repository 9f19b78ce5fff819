import type { Kernels } from '../kernels.ts';
import { checkFloats, checkLoss, isShare, isWeight, type LossPointers } from './loss-checks.ts';

/** What {@link bceWithLogitsLoss} goes over: float32 [images][pixels][channels]. */
export interface BceSize {
  readonly images: number;
  readonly pixels: number;
  readonly channels: number;
}

/** Regions of {@link bceWithLogitsLoss}. */
export interface BcePointers extends LossPointers {
  /** float32 [channels]: how much more a target of 1 counts, in each channel; 0 for 1 everywhere. */
  readonly posWeight: number;
}

/**
 * Sigmoid and binary cross-entropy against a probability each, in double precision: an image's loss is
 * scale·Σ ((1 − t)·ln(1 + e^x) + posWeight·t·ln(1 + e^−x)), its gradient scale·((1 − t)·σ(x) − posWeight·t·σ(−x)).
 * `torch.nn.BCEWithLogitsLoss` with `reduction='sum'`, times `scale`. No finite logit overflows.
 *
 * @throws KernelError `KERNEL_ARGUMENT` also for a target outside [0, 1] or a negative weight, `KERNEL_POINTER`
 */
export function bceWithLogitsLoss(k: Kernels, at: BcePointers, { images, pixels, channels }: BceSize, scale = 1): void {
  checkLoss(k, 'bceWithLogitsLoss', at, { images, pixels, channels }, scale);
  if (at.posWeight !== 0) {
    k.check('bceWithLogitsLoss: posWeight', at.posWeight, channels);
    checkFloats(k, 'bceWithLogitsLoss: posWeight', at.posWeight, channels, isWeight, 'a finite number of at least 0');
  }
  checkFloats(
    k,
    'bceWithLogitsLoss: target',
    at.targets,
    images * pixels * channels,
    isShare,
    'a probability in [0, 1]',
  );
  k.wasm.bceWithLogitsLoss(at.x, at.targets, at.posWeight, scale, images, pixels, channels, at.gradient, at.losses);
}
