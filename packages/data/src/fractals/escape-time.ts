import type { Generator } from '@lockstep/core';
import { sineCosine } from '../transforms/trigonometry.ts';
import type { FractalField, FractalKind } from './fractal.ts';

const steps = 96;

/**
 * A Julia set of zᵖ + c with p of 2..4, coloured by the steps after which a point has left a circle about it. c lies near the
 * border of the Mandelbrot set, or of its kin for other p, where Julia sets have most detail.
 */
export const escapeTimeSet: FractalKind = (generator, size) => {
  const power = 2 + generator.integer(3);
  const [re, im] = borderPoint(generator, power);
  const zoom = generator.uniform(0.4, 1.5);
  const [sine, cosine] = sineCosine(generator.uniform(0, 2 * Math.PI));
  const [x0, y0] = [generator.uniform(-0.4, 0.4), generator.uniform(-0.4, 0.4)];
  const times = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [u, v] = [((2 * column + 1) / size - 1) * zoom, ((2 * row + 1) / size - 1) * zoom];
      times[row * size + column] = escapeTime(x0 + u * cosine - v * sine, y0 + u * sine + v * cosine, re, im, power);
    }
  }
  return equalised(times);
};

/** The steps after which z leaves the circle of radius 4, with a fraction so that neighbours differ. */
function escapeTime(startX: number, startY: number, re: number, im: number, power: number): number {
  let [x, y] = [startX, startY];
  for (let i = 0; i < steps; i++) {
    const square = x * x + y * y;
    if (square > 16) return i + 16 / square;
    let [px, py] = [x, y];
    for (let p = 1; p < power; p++) [px, py] = [px * x - py * y, px * y + py * x];
    [x, y] = [px + re, py + im];
  }
  return steps + 1;
}

/** A c whose orbit of 0 stays for more than 12 steps and leaves, else the last that was tried. */
function borderPoint(generator: Generator, power: number): readonly [re: number, im: number] {
  let point: readonly [number, number] = [0, 0];
  for (let i = 0; i < 1000; i++) {
    point = [generator.uniform(-1.6, 1), generator.uniform(-1.3, 1.3)];
    const time = escapeTime(0, 0, ...point, power);
    if (time > 12 && time <= steps) break;
  }
  return point;
}

/** All times about as frequent: else most of the picture had one colour. */
function equalised(times: Float64Array): FractalField {
  const sorted = times.toSorted();
  const rank = (time: number): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low / sorted.length;
  };
  const colour = times.map(rank);
  return { colour, brightness: times.map((time) => (time > steps ? 0 : 1)) };
}
