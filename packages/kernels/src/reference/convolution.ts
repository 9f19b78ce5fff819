// x [images][height][width][inChannels], weight [kernelHeight][kernelWidth][inChannels][outChannels], bias [outChannels],
// y and dy [images][outputHeight][outputWidth][outChannels]; gradients are shaped like what they are the gradients of.
import type { ConvolutionShape } from '../ops/convolution-geometry.ts';

/** Calls `visit` with the indices of each product x·weight and of the y that it is a term of. */
function forEachTerm(s: ConvolutionShape, images: number, visit: (x: number, weight: number, y: number) => void): void {
  const [outputHeight, outputWidth] = outputShape(s);
  for (let n = 0; n < images; n++) {
    for (let row = 0; row < outputHeight; row++) {
      for (let column = 0; column < outputWidth; column++) {
        for (let i = 0; i < s.kernelSize[0]; i++) {
          for (let j = 0; j < s.kernelSize[1]; j++) {
            const h = row * s.stride[0] - s.padding[0] + i * s.dilation[0];
            const w = column * s.stride[1] - s.padding[1] + j * s.dilation[1];
            if (h < 0 || h >= s.height || w < 0 || w >= s.width) continue; // the padding is zeros
            for (let c = 0; c < s.inChannels; c++) {
              for (let k = 0; k < s.outChannels; k++) {
                visit(
                  ((n * s.height + h) * s.width + w) * s.inChannels + c,
                  ((i * s.kernelSize[1] + j) * s.inChannels + c) * s.outChannels + k,
                  ((n * outputHeight + row) * outputWidth + column) * s.outChannels + k,
                );
              }
            }
          }
        }
      }
    }
  }
}

/** [height, width] of y: as many positions as a kernel of dilation·(kernelSize − 1) + 1 has at steps of the stride. */
export function outputShape(s: ConvolutionShape): [height: number, width: number] {
  const positions = (size: number, axis: 0 | 1): number => {
    const extent = s.dilation[axis] * (s.kernelSize[axis] - 1) + 1;
    let count = 0;
    for (let at = -s.padding[axis]; at + extent <= size + s.padding[axis]; at += s.stride[axis]) count++;
    return count;
  };
  return [positions(s.height, 0), positions(s.width, 1)];
}

const zeros = (length: number): number[] => new Array<number>(length).fill(0);

/** y = bias + Σ x·weight: cross-correlation, which the field calls convolution. */
export function convolutionForward(
  s: ConvolutionShape,
  images: number,
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias?: ArrayLike<number>,
): number[] {
  const [height, width] = outputShape(s);
  const y = zeros(images * height * width * s.outChannels);
  if (bias) for (let i = 0; i < y.length; i++) y[i] = bias[i % s.outChannels]!;
  forEachTerm(s, images, (at, tap, to) => {
    y[to]! += x[at]! * weight[tap]!;
  });
  return y;
}

/** ∂L/∂x = Σ weight·∂L/∂y over the outputs that x is in: the convolution of the upstream gradient and the kernel. */
export function convolutionInputGradient(
  s: ConvolutionShape,
  images: number,
  dy: ArrayLike<number>,
  weight: ArrayLike<number>,
): number[] {
  const dx = zeros(images * s.height * s.width * s.inChannels);
  forEachTerm(s, images, (at, tap, to) => {
    dx[at]! += weight[tap]! * dy[to]!;
  });
  return dx;
}

/** ∂L/∂weight = Σ x·∂L/∂y over the outputs that share it: the cross-correlation of the input and the upstream gradient. */
export function convolutionWeightGradient(
  s: ConvolutionShape,
  images: number,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): number[] {
  const dweight = zeros(s.kernelSize[0] * s.kernelSize[1] * s.inChannels * s.outChannels);
  forEachTerm(s, images, (at, tap, to) => {
    dweight[tap]! += x[at]! * dy[to]!;
  });
  return dweight;
}
