import { KernelError } from '../errors.ts';
import { checkInteger, checkRange, type Kernels } from '../kernels.ts';

/** What is normalised: in each image, each group of neighbouring channels over all pixels. All but `images` are at least 1. */
export interface GroupNormSize {
  readonly images: number;
  readonly pixels: number;
  readonly channels: number;
  /** A divisor of `channels`. */
  readonly groups: number;
}

/** Floats of scratch that both passes need, at a pointer that is a multiple of 8. */
export const groupNormScratchFloats = (channels: number): number => 8 * channels + 14 * (channels + 8);

/** Regions of both passes. */
interface GroupNormPointers {
  /** float32 [channels] */
  readonly weight: number;
  /** float32 [channels] */
  readonly bias: number;
  /** float32 [images][groups], written by the forward pass */
  readonly mean: number;
  /** 1/√(variance + eps), float32 [images][groups], written by the forward pass */
  readonly inverse: number;
  /** {@link groupNormScratchFloats} */
  readonly scratch: number;
  /** Whether there is a ReLU behind the normalisation, which is done as well. */
  readonly relu?: boolean;
}

/**
 * y = (x − mean)·inverse·weight + bias, with mean and biased variance over the pixels and channels of each image and group:
 * group normalisation (Wu and He, arXiv 1803.08494), as `torch.nn.GroupNorm`; with a group a channel instance normalisation
 * (Ulyanov et al., arXiv 1607.08022).
 *
 * Statistics are in double precision, and of deviations, so that a constant group is exactly its bias.
 *
 * @param x float32 [images][pixels][channels]
 * @param y float32 [images][pixels][channels]; may be `x`
 * @param eps added to the variance, inside the square root
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function groupNormForward(
  k: Kernels,
  x: number,
  y: number,
  size: GroupNormSize,
  eps: number,
  at: GroupNormPointers,
): void {
  checkRange('groupNorm: eps', eps, 0, Number.MAX_VALUE);
  checkGroupNorm(k, { x, y }, at, size);
  const { images, pixels, channels, groups } = size;
  const { weight, bias, mean, inverse, scratch, relu } = at;
  k.wasm.groupNormForward(
    x,
    y,
    images,
    pixels,
    channels,
    groups,
    eps,
    weight,
    bias,
    mean,
    inverse,
    scratch,
    relu ? 1 : 0,
  );
}

/**
 * With g = dy·weight and n values a group: dx = inverse·(g − Σg/n − (x − mean)·inverse²·Σ(g·(x − mean))/n), the sums over its
 * image and group; dweight = Σ dy·(x − mean)·inverse and dbias = Σ dy over images and pixels, in double precision.
 *
 * @param x float32 [images][pixels][channels], the input of the forward pass
 * @param dy float32 [images][pixels][channels]
 * @param dx float32 [images][pixels][channels]; may be `dy`, and 0 for none
 * @param at as in the forward pass, and dweight and dbias, float32 [channels] or 0 for none
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function groupNormBackward(
  k: Kernels,
  x: number,
  dy: number,
  dx: number,
  size: GroupNormSize,
  at: GroupNormPointers & { readonly dweight: number; readonly dbias: number },
): void {
  checkGroupNorm(k, dx === 0 ? { x, dy } : { x, dy, dx }, at, size);
  const { images, pixels, channels, groups } = size;
  const { weight, bias, mean, inverse, dweight, dbias, scratch, relu } = at;
  if (dweight !== 0) k.check('groupNorm: dweight', dweight, channels);
  if (dbias !== 0) k.check('groupNorm: dbias', dbias, channels);
  k.wasm.groupNormBackward(
    x,
    dy,
    dx,
    images,
    pixels,
    channels,
    groups,
    weight,
    bias,
    mean,
    inverse,
    dweight,
    dbias,
    scratch,
    relu ? 1 : 0,
  );
}

function checkGroupNorm(
  k: Kernels,
  tensors: Readonly<Record<string, number>>,
  { weight, bias, mean, inverse, scratch }: GroupNormPointers,
  { images, pixels, channels, groups }: GroupNormSize,
): void {
  checkInteger('groupNorm: images', images, 0);
  checkInteger('groupNorm: pixels', pixels, 1);
  checkInteger('groupNorm: channels', channels, 1);
  checkInteger('groupNorm: groups', groups, 1);
  if (channels % groups !== 0) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `groupNorm: expected groups to divide channels, got ${groups} groups of ${channels} channels`,
    );
  }
  const size = images * pixels * channels;
  k.checkAll('groupNorm', tensors, size);
  k.checkAll('groupNorm', { weight, bias }, channels);
  k.checkAll('groupNorm', { mean, inverse }, images * groups);
  k.check('groupNorm: scratch', scratch, groupNormScratchFloats(channels) / 2, 8);
}
