import { KernelError } from '../errors.ts';
import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';

/** Where the random words of {@link dropout} come from: each field an integer in [0, 2³²). */
export interface DropoutStream {
  /** The key: a run's seed, and what the words are for. */
  readonly seed: number;
  readonly purpose: number;
  readonly epoch: number;
  /** Of the first image; the others follow. */
  readonly position: number;
  readonly layer: number;
}

/** Bytes of scratch that {@link dropout} needs. */
export const dropoutScratchBytes = 64;

/**
 * Inverted dropout, as `torch.nn.Dropout` in training: y = x/(1 − p) with probability 1 − p, else 0 (Srivastava et al. 2014).
 *
 * Element i of an image is kept where word i of the image's stream is at least p·2³². The words are Philox4x32-10's, of the
 * key (seed, purpose) and the counter (⌊i/4⌋, layer, position, epoch): a function of the element's place in the run alone. So
 * the mask need not be kept: the same call on dy is the backward pass.
 *
 * @param x float32 [images][size]
 * @param y float32 [images][size]; may be `x`
 * @param p in [0, 1)
 * @param scratch {@link dropoutScratchBytes}
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function dropout(
  k: Kernels,
  x: number,
  y: number,
  images: number,
  size: number,
  stream: DropoutStream,
  p: number,
  scratch: number,
): void {
  checkCounts('dropout', { images, size });
  const { seed, purpose, epoch, position, layer } = stream;
  for (const [name, value] of Object.entries({ seed, purpose, epoch, position, layer })) {
    checkInteger(`dropout: ${name}`, value, 0, 0xffffffff);
  }
  if (!(p >= 0 && p < 1)) throw new KernelError('KERNEL_ARGUMENT', `dropout: p: expected a number in [0, 1), got ${p}`);
  k.check('dropout: x', x, images * size);
  k.check('dropout: y', y, images * size);
  k.check('dropout: scratch', scratch, dropoutScratchBytes / 4);
  const threshold = Math.min(0xffffffff, Math.round(p * 2 ** 32));
  k.wasm.dropout(x, y, images, size, seed, purpose, epoch, position, layer, threshold, 1 / (1 - p), scratch);
}
