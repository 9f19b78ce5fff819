import type { PerspectiveCoefficients } from '@lockstep/kernels';
import type { ImageShape } from '../image.ts';

/**
 * A rectangle in pixels, from the top left corner of the picture: what lies between its edges. The whole picture is
 * [0, 0, width, height].
 */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** A map that moves nothing. */
export const identityMap: PerspectiveCoefficients = [1, 0, 0, 0, 1, 0, 0, 0];

/**
 * Where a box goes: the smallest box around its four corners, cut off at the edges of the output; null where nothing of it
 * is left.
 *
 * @param map from output to input, as pictures are resampled
 * @param shape of the output
 */
export function mapBox([left, top, right, bottom]: Box, map: PerspectiveCoefficients, shape: ImageShape): Box | null {
  const inverse = inverted(map);
  if (inverse === undefined) return null;
  const xs: number[] = [];
  const ys: number[] = [];
  for (const [x, y] of [
    [left, top],
    [right, top],
    [left, bottom],
    [right, bottom],
  ] as const) {
    const [a, b, c, d, e, f, g, h, i] = inverse;
    const divisor = g * x + h * y + i;
    // Behind the horizon: the box reaches as far as one can see.
    if (divisor <= 0) return [0, 0, shape.width, shape.height];
    xs.push((a * x + b * y + c) / divisor);
    ys.push((d * x + e * y + f) / divisor);
  }
  const within = (value: number, end: number): number => Math.min(Math.max(value, 0), end);
  const mapped: Box = [
    within(Math.min(...xs), shape.width),
    within(Math.min(...ys), shape.height),
    within(Math.max(...xs), shape.width),
    within(Math.max(...ys), shape.height),
  ];
  return mapped[0] < mapped[2] && mapped[1] < mapped[3] ? mapped : null;
}

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** The inverse of the 3×3 matrix up to a positive factor; undefined where there is none. */
function inverted([a, b, c, d, e, f, g, h]: PerspectiveCoefficients): Matrix | undefined {
  const determinant = a * (e - f * h) - b * (d - f * g) + c * (d * h - e * g);
  if (determinant === 0 || !Number.isFinite(determinant)) return undefined;
  const scale = 1 / determinant;
  return [
    (e - f * h) * scale,
    (c * h - b) * scale,
    (b * f - c * e) * scale,
    (f * g - d) * scale,
    (a - c * g) * scale,
    (c * d - a * f) * scale,
    (d * h - e * g) * scale,
    (b * g - a * h) * scale,
    (a * e - b * d) * scale,
  ];
}
