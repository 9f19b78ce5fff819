import type { Kernels } from '../kernels.ts';
import type { ConvolutionGeometry } from './convolution-geometry.ts';

/*
 * Where maps are small, loops over rows and columns are of a few rounds each. So which pixels meet at a tap is written down once, as
 * pairs of places, for kernels that go over them in one loop: listed-weight-gradient.ts and listed-input-gradient.ts.
 */

type Tap = ConvolutionGeometry['weightGradient']['taps'][number];

const tapPixels = ({ rows, columns }: Tap): number =>
  Math.max(0, rows.end - rows.begin) * Math.max(0, columns.end - columns.begin);

/** Int32 of the pairs of so many images. */
export const pairInts = ({ weightGradient: { taps } }: ConvolutionGeometry, images: number): number =>
  taps.reduce((sum, tap) => sum + 2 + tapPixels(tap) * images * 2, 0);

/** For each tap where its pairs are, and how many an image has; then the pairs: bytes to the input pixel, and to the output pixel. */
export function writePairs(k: Kernels, geometry: ConvolutionGeometry, to: number, images: number): void {
  const { walk, taps } = geometry.weightGradient;
  const { outputHeight: height, outputWidth: width } = geometry;
  const xRow = walk.xPixel * width + walk.xRowJump;
  const xImage = xRow * height + walk.xImageJump;
  let pair = to / 4 + taps.length * 2;
  taps.forEach((tap, index) => {
    k.i32.set([pair * 4, tapPixels(tap)], to / 4 + index * 2);
    for (let image = 0; image < images; image++) {
      for (let row = tap.rows.begin; row < tap.rows.end; row++) {
        for (let column = tap.columns.begin; column < tap.columns.end; column++, pair += 2) {
          k.i32[pair] = tap.offset + image * xImage + row * xRow + column * walk.xPixel;
          k.i32[pair + 1] = ((image * height + row) * width + column) * walk.yPixel;
        }
      }
    }
  });
}
