import { contraction, determinant } from './affine-map.ts';
import { chaosGame, type SystemFunction } from './chaos-game.ts';
import type { FractalKind } from './fractal.ts';

/** The attractor of two to six contractions, each as often as its area is large. */
export const iteratedFunctions: FractalKind = (generator, size) => {
  const functions = Array.from({ length: 2 + generator.integer(5) }, (): SystemFunction => {
    const affine = contraction(generator);
    const [a, b, c, d, e, f] = affine;
    return {
      weight: determinant(affine) + 0.02,
      colour: generator.uniform(),
      map: (x, y) => [a * x + b * y + c, d * x + e * y + f],
    };
  });
  return chaosGame(functions, generator, size);
};
