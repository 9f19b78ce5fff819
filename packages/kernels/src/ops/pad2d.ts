import { KernelError } from '../errors.ts';
import { checkApart, checkCounts, checkInteger, type Kernels } from '../kernels.ts';
import type { Border } from './convolution-geometry.ts';

/**
 * What a border is made of: one value; the image mirrored at its outermost pixels, which are not repeated; the outermost
 * pixels; the image again, as if it were a torus. In the order of their numbers in assembly/pad2d.ts.
 */
export const pad2dModes = ['constant', 'reflect', 'replicate', 'circular'] as const;
export type Pad2dMode = (typeof pad2dModes)[number];

/** A border around images of [height][width][channels], in pixels; a constant one may be negative, and crops. */
export interface Pad2dGeometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly border: Border;
  readonly mode: Pad2dMode;
}

/** So that no sum of a few of them passes an int32. */
const largest = 2 ** 28;

/**
 * The size of an image with its border.
 *
 * @param op what messages call it
 * @throws KernelError `KERNEL_ARGUMENT` for a border that the image is too small for: as in PyTorch that of reflect is smaller
 *   than the image, and that of circular not larger; or that leaves nothing of it
 */
export function pad2dSize(g: Pad2dGeometry, op = 'pad2d'): [height: number, width: number] {
  for (const name of ['height', 'width', 'channels'] as const) checkInteger(`${op}: ${name}`, g[name], 1, largest);
  const { top, bottom, left, right } = g.border;
  for (const [side, pixels] of Object.entries({ top, bottom, left, right }))
    checkInteger(`${op}: ${side}`, pixels, g.mode === 'constant' ? -largest : 0, largest);
  const kept = (size: number, before: number, after: number): number => size + Math.min(before, 0) + Math.min(after, 0);
  const most = { constant: Infinity, reflect: -1, replicate: Infinity, circular: 0 }[g.mode];
  const [height, width] = [top + g.height + bottom, left + g.width + right];
  const fits =
    Math.max(top, bottom) <= g.height + most &&
    Math.max(left, right) <= g.width + most &&
    Math.min(kept(g.height, top, bottom), kept(g.width, left, right)) >= 0 &&
    Math.min(height, width) >= 1;
  if (!fits) {
    const rule = {
      constant: 'it can take away no more than there is, and a pixel must be left',
      reflect: 'it may be one pixel less than the image at most',
      replicate: '',
      circular: 'it may be as large as the image at most',
    };
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: a ${g.mode} border of ${left} left, ${right} right, ${top} at the top and ${bottom} at the bottom does not fit ${g.height}x${g.width}; ` +
        rule[g.mode],
    );
  }
  return [height, width];
}

function checked(k: Kernels, g: Pad2dGeometry, x: number, y: number, images: number) {
  const [height, width] = pad2dSize(g);
  checkCounts('pad2d', { images, height, width, channels: g.channels });
  const input = { pointer: x, elements: images * g.height * g.width * g.channels };
  const output = { pointer: y, elements: images * height * width * g.channels };
  k.check('pad2d: x', x, input.elements);
  k.check('pad2d: y', y, output.elements);
  checkApart('pad2d', output, { x: input });
  const { top, bottom, left, right } = g.border;
  return [images, g.height, g.width, g.channels, top, bottom, left, right, pad2dModes.indexOf(g.mode)] as const;
}

/**
 * y = x with a border: `torch.nn.functional.pad` over height and width.
 *
 * @param x float32 [images][height][width][channels]
 * @param y float32 [images][top + height + bottom][left + width + right][channels]; does not overlap x
 * @param value of a constant border
 * @throws KernelError `KERNEL_ARGUMENT` also for a border that does not fit, `KERNEL_POINTER`
 */
export function pad2dForward(k: Kernels, g: Pad2dGeometry, x: number, y: number, images: number, value = 0): void {
  k.wasm.pad2dForward(x, y, ...checked(k, g, x, y, images), value);
}

/**
 * dx = each pixel's own gradient and those of the pixels of the border that repeat it, in one fixed order; a constant
 * border has none.
 *
 * @param dy float32, shaped like y of {@link pad2dForward}
 * @param dx float32, like x; wholly written; does not overlap dy
 * @throws KernelError `KERNEL_ARGUMENT` also for a border that does not fit, `KERNEL_POINTER`
 */
export function pad2dBackward(k: Kernels, g: Pad2dGeometry, dy: number, dx: number, images: number): void {
  k.wasm.pad2dBackward(dy, dx, ...checked(k, g, dx, dy, images));
}
