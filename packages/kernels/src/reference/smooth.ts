import type { PictureSize } from '../ops/picture-checks.ts';

const f = Math.fround;

/** Pillow's ImageFilter3x3 with SMOOTH's kernel, addition for addition in float32; the border is a copy */
export function smooth(x: ArrayLike<number>, { height, width, channels }: PictureSize): number[] {
  const weight = f(1 / 13);
  const middle = f(5 / 13);
  return Array.from(x, (value, i) => {
    const column = Math.floor(i / channels) % width;
    const row = Math.floor(i / channels / width);
    if (row === 0 || row === height - 1 || column === 0 || column === width - 1) return value;
    let sum = 0.5;
    for (const [down, center] of [
      [1, weight],
      [0, middle],
      [-1, weight],
    ] as const) {
      const at = i + down * width * channels;
      const outer = f(f(x[at - channels]! * weight) + f(x[at]! * center));
      sum = f(sum + f(outer + f(x[at + channels]! * weight)));
    }
    return Math.min(255, Math.trunc(sum));
  });
}
