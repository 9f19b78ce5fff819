import { checkApart, checkInteger, type Kernels } from '../kernels.ts';
import { addBias } from './add-bias.ts';
import type { Convolution } from './convolution.ts';
import type { ConvolutionPasses, WeightGradientShard } from './convolution-passes.ts';

/**
 * A transposed convolution, as `torch.nn.ConvTranspose2d`: the passes of a convolution with their roles exchanged. Its input
 * x is shaped like that convolution's *output*, and its output y like that one's *input* (Dumoulin and Visin, A guide to
 * convolution arithmetic, §4). Weights are the convolution's; so are checks and errors.
 */
export class TransposedConvolution implements ConvolutionPasses {
  readonly #k: Kernels;
  readonly #convolution: Convolution;

  constructor(kernels: Kernels, convolution: Convolution) {
    this.#k = kernels;
    this.#convolution = convolution;
  }

  /** Packs the weights for {@link forward}; those for {@link inputGradient} are overwritten. */
  packForward(weight: number): void {
    this.#convolution.packInputGradient(weight);
  }

  /**
   * y = each value of x times the kernel, added where the kernels overlap, + bias.
   *
   * @param x float32 [images][outputHeight][outputWidth][outChannels] of the convolution
   * @param bias float32 [inChannels] of the convolution, or 0 for none
   * @param y float32 [images][height][width][inChannels] of the convolution
   */
  forward(x: number, bias: number, y: number, images: number): void {
    const { height, width, inChannels } = this.#convolution.geometry.shape;
    if (bias !== 0) {
      const output = { pointer: y, elements: images * height * width * inChannels };
      this.#k.check('convTranspose2d: bias', bias, inChannels);
      this.#k.check('convTranspose2d: y', y, output.elements);
      checkApart('convTranspose2d', output, { bias: { pointer: bias, elements: inChannels } });
    }
    this.#convolution.inputGradient(x, y, images);
    if (bias !== 0) addBias(this.#k, y, bias, images * height * width, inChannels);
  }

  /** Packs the weights for {@link inputGradient}; those for {@link forward} are overwritten. */
  packInputGradient(weight: number): void {
    this.#convolution.packForward(weight);
  }

  /** dx = the convolution of dy. */
  inputGradient(dy: number, dx: number, images: number): void {
    this.#convolution.forward(dy, 0, dx, images);
  }

  /** dweight = the cross-correlation of dy and x, summed over a subtree of shards; x and dy are those of this op. */
  weightGradient(shards: readonly WeightGradientShard[], dweight: number): void {
    this.#convolution.weightGradient(
      shards.map(({ x, dy, ...rest }) => ({ ...rest, x: dy, dy: x })),
      dweight,
    );
  }
}

/**
 * Outputs of a transposed convolution along one axis: (size − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1.
 * Several sizes of a convolution's input give one of its output; `outputPadding` says which of them is meant, and is less
 * than the stride.
 *
 * @throws KernelError `KERNEL_ARGUMENT` for an outputPadding that is not in [0, stride)
 */
export function transposedOutputSize(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  outputPadding: number,
): number {
  checkInteger('convTranspose2d: outputPadding, which is less than the stride', outputPadding, 0, stride - 1);
  return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1;
}
