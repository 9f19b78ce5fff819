// As in convolution.ts, but weight [outputHeight][outputWidth][kernelHeight][kernelWidth][inChannels][outChannels] and
// bias [outputHeight][outputWidth][outChannels]: each output pixel has its own. So each is a convolution with one output pixel.
import type { ConvolutionShape } from '../ops/convolution-geometry.ts';
import { convolutionForward, convolutionInputGradient, convolutionWeightGradient, outputShape } from './convolution.ts';

interface Pixel {
  /** A convolution of the pictures below, which has one output pixel. */
  readonly shape: ConvolutionShape;
  /** What it sees of pictures [images][height][width][inChannels]; zeros in the padding. */
  seen(x: ArrayLike<number>): number[];
  /** Adds what belongs to what it sees to pictures. */
  addTo(dx: number[], values: readonly number[]): void;
  /** Its own part of values that have as many for each output pixel. */
  own(values: ArrayLike<number>, count: number): number[];
  /** Its own part of [images][outputHeight][outputWidth][outChannels]. */
  outputs(y: ArrayLike<number>): number[];
}

function pixels(s: ConvolutionShape, images: number): Pixel[] {
  const [rows, columns] = outputShape(s);
  const extent = (axis: 0 | 1): number => s.dilation[axis] * (s.kernelSize[axis] - 1) + 1;
  const shape = { ...s, height: extent(0), width: extent(1), padding: [0, 0], stride: [1, 1] } as const;
  return Array.from({ length: rows * columns }, (_, p) => {
    const top = Math.floor(p / columns) * s.stride[0] - s.padding[0];
    const left = (p % columns) * s.stride[1] - s.padding[1];
    const sources: number[] = [];
    for (let n = 0; n < images; n++) {
      for (let h = top; h < top + shape.height; h++) {
        for (let w = left; w < left + shape.width; w++) {
          const inside = h >= 0 && h < s.height && w >= 0 && w < s.width;
          for (let c = 0; c < s.inChannels; c++)
            sources.push(inside ? ((n * s.height + h) * s.width + w) * s.inChannels + c : -1);
        }
      }
    }
    return {
      shape,
      seen: (x) => sources.map((source) => (source < 0 ? 0 : x[source]!)),
      addTo: (dx, values) =>
        sources.forEach((source, i) => {
          if (source >= 0) dx[source]! += values[i]!;
        }),
      own: (values, count) => Array.from(values).slice(p * count, (p + 1) * count),
      outputs: (y) => Array.from(y).filter((_, i) => Math.floor(i / s.outChannels) % (rows * columns) === p),
    };
  });
}

const weightsOf = (s: ConvolutionShape): number => s.kernelSize[0] * s.kernelSize[1] * s.inChannels * s.outChannels;

/** y[pixel] = bias[pixel] + Σ x·weight[pixel]. */
export function locallyConnectedForward(
  s: ConvolutionShape,
  images: number,
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
): number[] {
  const parts = pixels(s, images).map(({ shape, seen, own }) =>
    convolutionForward(shape, images, seen(x), own(weight, weightsOf(s)), own(bias, s.outChannels)),
  );
  return Array.from({ length: images }, (_, n) =>
    parts.flatMap((part) => part.slice(n * s.outChannels, (n + 1) * s.outChannels)),
  ).flat();
}

/** ∂L/∂x = Σ weight[pixel]·∂L/∂y[pixel] over the pixels that x is in. */
export function locallyConnectedInputGradient(
  s: ConvolutionShape,
  images: number,
  dy: ArrayLike<number>,
  weight: ArrayLike<number>,
): number[] {
  const dx = new Array<number>(images * s.height * s.width * s.inChannels).fill(0);
  for (const { shape, addTo, own, outputs } of pixels(s, images))
    addTo(dx, convolutionInputGradient(shape, images, outputs(dy), own(weight, weightsOf(s))));
  return dx;
}

/** ∂L/∂weight[pixel] = Σ x·∂L/∂y[pixel] over the images. */
export function locallyConnectedWeightGradient(
  s: ConvolutionShape,
  images: number,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): number[] {
  return pixels(s, images).flatMap(({ shape, seen, outputs }) =>
    convolutionWeightGradient(shape, images, seen(x), outputs(dy)),
  );
}
