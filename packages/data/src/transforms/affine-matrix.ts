/**
 * Where each pixel of a result comes from, as in Pillow: the output point (x, y) shows the input point
 * (a·x + b·y + c, d·x + e·y + f). In pixels, from the top left corner of the picture, x to the right and y down; the
 * centre of the first pixel is (0.5, 0.5).
 */
export type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];
