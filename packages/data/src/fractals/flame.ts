import { sineCosine } from '../transforms/trigonometry.ts';
import { contraction } from './affine-map.ts';
import { chaosGame, type SystemFunction } from './chaos-game.ts';
import type { FractalKind } from './fractal.ts';

type Variation = (x: number, y: number) => readonly [x: number, y: number];

const sine = (x: number): number => sineCosine(x % 100)[0];

/** Some of the variations of Draves and Reckase, "The fractal flame algorithm", appendix; those without arcs and powers. */
const variations: readonly Variation[] = [
  (x, y) => [x, y],
  (x, y) => [sine(x), sine(y)],
  function spherical(x, y) {
    const square = x * x + y * y + 1e-6;
    return [x / square, y / square];
  },
  function swirl(x, y) {
    const [s, c] = sineCosine((x * x + y * y) % 100);
    return [x * s - y * c, x * c + y * s];
  },
  function horseshoe(x, y) {
    const radius = Math.sqrt(x * x + y * y) + 1e-6;
    return [((x - y) * (x + y)) / radius, (2 * x * y) / radius];
  },
  (x, y) => [x < 0 ? 2 * x : x, y < 0 ? y / 2 : y],
  function fisheye(x, y) {
    const scale = 2 / (Math.sqrt(x * x + y * y) + 1);
    return [scale * y, scale * x];
  },
  function bubble(x, y) {
    const scale = 4 / (x * x + y * y + 4);
    return [scale * x, scale * y];
  },
];

/** A flame of two to five functions: affine maps, each followed by a mixture of two variations. */
export const flame: FractalKind = (generator, size) => {
  const functions = Array.from({ length: 2 + generator.integer(4) }, (): SystemFunction => {
    const [a, b, c, d, e, f] = contraction(generator, 1.1);
    const first = variations[generator.integer(variations.length)]!;
    const second = variations[generator.integer(variations.length)]!;
    const share = generator.uniform();
    return {
      weight: generator.uniform(0.2, 1),
      colour: generator.uniform(),
      map(x, y) {
        const [u, v] = [a * x + b * y + c, d * x + e * y + f];
        const [one, other] = [first(u, v), second(u, v)];
        return [share * one[0] + (1 - share) * other[0], share * one[1] + (1 - share) * other[1]];
      },
    };
  });
  return chaosGame(functions, generator, size);
};
