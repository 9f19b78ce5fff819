import { type Generator, naturalLog } from '@lockstep/core';
import type { FractalField } from './fractal.ts';

/** One of the functions of a system: how likely it is taken, its place on the palette, and where it sends a point. */
export interface SystemFunction {
  readonly weight: number;
  readonly colour: number;
  map(x: number, y: number): readonly [x: number, y: number];
}

/** Steps that a point takes to come near the attractor. */
const settling = 20;
/** Steps from which the frame is taken. */
const framing = 2000;

/**
 * The attractor of a system of functions: a point is sent on by one function after another, as chance has it, and each pixel
 * counts how often it passed (Barnsley, "Fractals everywhere"); on a logarithmic scale, with the mean of the colours of the
 * functions that sent it, as flames have it (Draves and Reckase, "The fractal flame algorithm").
 */
export function chaosGame(functions: readonly SystemFunction[], generator: Generator, size: number): FractalField {
  const pixels = size * size;
  const total = functions.reduce((sum, { weight }) => sum + weight, 0);
  let [x, y, colour] = [generator.uniform(-1, 1), generator.uniform(-1, 1), 0.5];
  const step = (): void => {
    let left = generator.uniform(0, total);
    let chosen = functions[0]!;
    for (const one of functions) {
      chosen = one;
      left -= one.weight;
      if (left < 0) break;
    }
    [x, y] = chosen.map(x, y);
    // A point that was sent away begins anew.
    if (!(Math.abs(x) < 1e6 && Math.abs(y) < 1e6)) [x, y] = [generator.uniform(-1, 1), generator.uniform(-1, 1)];
    colour = (colour + chosen.colour) / 2;
  };
  for (let i = 0; i < settling; i++) step();
  const [xs, ys] = [new Float64Array(framing), new Float64Array(framing)];
  for (let i = 0; i < framing; i++) {
    step();
    [xs[i], ys[i]] = [x, y];
  }
  const [left, width] = extent(xs);
  const [top, height] = extent(ys);
  const counts = new Float64Array(pixels);
  const colours = new Float64Array(pixels);
  for (let i = 0; i < 8 * pixels; i++) {
    step();
    const column = Math.floor(((x - left) / width) * size);
    const row = Math.floor(((y - top) / height) * size);
    if (column < 0 || column >= size || row < 0 || row >= size) continue;
    const pixel = row * size + column;
    counts[pixel]!++;
    colours[pixel]! += colour;
  }
  let most = 1;
  for (const count of counts) most = Math.max(most, count);
  const full = naturalLog(1 + most);
  const brightness = counts.map((count) => naturalLog(1 + count) / full);
  return { brightness, colour: colours.map((sum, pixel) => sum / Math.max(1, counts[pixel]!)) };
}

/** Where most of the values are, with a margin: the hundredth part at either end may be anywhere. */
function extent(values: Float64Array): readonly [begin: number, length: number] {
  const sorted = values.toSorted();
  const [low, high] = [sorted[Math.floor(values.length / 100)]!, sorted[Math.floor((values.length * 99) / 100)]!];
  const margin = Math.max(1e-6, (high - low) * 0.05);
  return [low - margin, high - low + 2 * margin];
}
