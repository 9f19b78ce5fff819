import type { Generator } from '@lockstep/core';
import { sineCosine } from '../transforms/trigonometry.ts';

/** (a·x + b·y + c, d·x + e·y + f). */
export type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * A map that contracts, all orientations alike: a rotation, a scaling by less than `most` in each direction, a rotation, as in
 * Anderson and Farrell, "Improving fractal pre-training", arXiv 2110.03091.
 */
export function contraction(generator: Generator, most = 0.9): AffineMap {
  const [sine, cosine] = sineCosine(generator.uniform(0, 2 * Math.PI));
  const [sine2, cosine2] = sineCosine(generator.uniform(0, 2 * Math.PI));
  const first = generator.uniform(0.2, most) * (generator.integer(2) === 0 ? 1 : -1);
  const second = generator.uniform(0.2, most);
  return [
    cosine * first * cosine2 - sine * second * sine2,
    -cosine * first * sine2 - sine * second * cosine2,
    generator.uniform(-1, 1),
    sine * first * cosine2 + cosine * second * sine2,
    -sine * first * sine2 + cosine * second * cosine2,
    generator.uniform(-1, 1),
  ];
}

/** How much an area shrinks. */
export function determinant([a, b, , d, e]: AffineMap): number {
  return Math.abs(a * e - b * d);
}
