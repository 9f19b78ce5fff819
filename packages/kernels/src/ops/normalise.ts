import { checkApart, type Kernels } from '../kernels.ts';
import { checkPixels } from './picture-checks.ts';

/**
 * y = tables[channel][x]: the bytes of a picture as the floats that a network reads. With tables of (v/255 − mean)/std each is
 * rounded once, as `normalisationTable` of @lockstep/data has them.
 *
 * @param x bytes [pixels][channels], 1, 3 or 4 channels
 * @param tables float32 [channels][256]
 * @param y float32 [pixels][channels]; does not overlap the others
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function normalise(k: Kernels, x: number, tables: number, y: number, pixels: number, channels: number): void {
  checkPixels(k, 'normalise', { x }, pixels, channels);
  k.check('normalise: tables', tables, 256 * channels);
  k.check('normalise: y', y, pixels * channels);
  checkApart(
    'normalise',
    { pointer: y, elements: pixels * channels },
    {
      x: { pointer: x, elements: pixels * channels, elementBytes: 1 },
      tables: { pointer: tables, elements: 256 * channels },
    },
  );
  k.wasm.normalise(x, tables, y, pixels, channels);
}
