import { lookUp } from '@lockstep/kernels';
import { z } from 'zod';
import { TransformError } from '../errors.ts';
import { checkSameShape, type Image, type ImageShape, newImage } from '../image.ts';
import { runKernel } from '../run-kernel.ts';
import { defineTransform } from './define.ts';
import { fillIdentity, tableBytes } from './tables.ts';

/** Principal components of the colours of ImageNet's pictures, where white is 1, as they come with AlexNet's descendants. */
const imagenet = {
  eigenvalues: [0.2175, 0.0188, 0.0045],
  eigenvectors: [
    [-0.5675, 0.7192, 0.4009],
    [-0.5808, -0.0045, -0.814],
    [-0.5836, -0.6948, 0.4203],
  ],
};

function checkColours({ channels }: ImageShape): void {
  if (channels > 1) return;
  throw new TransformError('TRANSFORM_IMAGE', 'pca_lighting: expected a picture with colours, 3 or 4 channels, got 1');
}

type Triple = readonly [number, number, number];

/**
 * Adds a colour to the whole picture: 255·Σ alphas[j]·eigenvalues[j]·eigenvectors[c][j] to channel c, rounded and clamped
 * (Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", 2012, §4.1, with the
 * components of ImageNet). Opacity stays.
 *
 * @param alphas how much of each component
 * @param output takes the result, of the shape of `image`; its memory must be its own
 * @returns `output`
 * @throws TransformError `TRANSFORM_IMAGE` for grey pictures too
 */
export function pcaLighting(image: Image, alphas: Triple, output: Image = newImage(image)): Image {
  checkSameShape('pca_lighting', image, output);
  checkColours(image);
  runKernel(image, output, tableBytes(image.channels), (k, x, y, tables) => {
    fillIdentity(k.u8, tables, image.channels);
    imagenet.eigenvectors.forEach((row, channel) => {
      const shift = row.reduce((sum, part, j) => sum + part * alphas[j]! * imagenet.eigenvalues[j]!, 0) * 255;
      for (let value = 0; value < 256; value++) {
        k.u8[tables + 256 * channel + value] = Math.min(255, Math.max(0, Math.round(value + shift)));
      }
    });
    lookUp(k, x, tables, y, image.height * image.width, image.channels);
  });
  return output;
}

/** `{ op: 'pca_lighting', deviation: 0.1 }`: ImageNet's principal colours added, each normally distributed about 0. */
export const pcaLightingTransform = defineTransform({
  name: 'pca_lighting',
  parameters: z.strictObject({ deviation: z.number().min(0).max(10).default(0.1) }),
  sampled: z.strictObject({ alphas: z.tuple([z.number(), z.number(), z.number()]) }),
  outputShape(shape) {
    checkColours(shape);
    return shape;
  },
  sample({ deviation }, generator): { alphas: [number, number, number] } {
    const alpha = () => deviation * generator.normal();
    return { alphas: [alpha(), alpha(), alpha()] };
  },
  apply: (image, { alphas }, output) => {
    pcaLighting(image, alphas, output);
  },
});
