import { exponential, type Generator, naturalLog } from '@lockstep/core';
import type { ImageShape } from '../image.ts';
import { type DrawRange, drawFrom } from './range.ts';
import { roundHalfEven } from './rounding.ts';

/** A rectangle in whole pixels. */
export interface Region {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Draws a rectangle as torchvision's random crops and erasures do: an area uniform in `scale` of the picture's, a ratio
 * width/height uniform on a logarithmic scale, and a place; up to ten times, until it fits.
 *
 * @param whole whether a side may be as long as the picture's
 * @returns null where it never fitted
 */
export function drawRegion(
  scale: DrawRange,
  ratio: DrawRange,
  whole: boolean,
  generator: Generator,
  { height, width }: ImageShape,
): Region | null {
  const logarithms: DrawRange = [naturalLog(ratio[0]), naturalLog(ratio[1])];
  const margin = whole ? 0 : 1;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * drawFrom(scale, generator);
    const aspect = exponential(drawFrom(logarithms, generator));
    const across = roundHalfEven(Math.sqrt(area * aspect));
    const down = roundHalfEven(Math.sqrt(area / aspect));
    if (across < 1 || down < 1 || across > width - margin || down > height - margin) continue;
    const top = generator.integer(height - down + 1);
    return { top, left: generator.integer(width - across + 1), height: down, width: across };
  }
  return null;
}
