import { Generator } from '@lockstep/core';
import { createImage, type Image } from '../image.ts';
import { escapeTimeSet } from './escape-time.ts';
import { flame } from './flame.ts';
import { iteratedFunctions } from './iterated-functions.ts';

/** What a kind of fractals gives: for each pixel, row by row, how bright it is and where on the palette, both in 0…1. */
export interface FractalField {
  readonly brightness: Float64Array;
  readonly colour: Float64Array;
}

/** Draws a fractal and computes it, in a square of so many pixels. */
export type FractalKind = (generator: Generator, size: number) => FractalField;

const kinds: readonly FractalKind[] = [iteratedFunctions, flame, escapeTimeSet];

/**
 * A colourful picture of much detail, for PixMix: the attractor of an iterated function system, a flame, or an escape-time set,
 * each as likely. A function of its arguments alone, on any machine.
 *
 * @param seed and `index` in 0..2³² − 1: each pair has a picture of its own
 * @param size pixels of a side
 * @returns RGB
 */
export function fractal(seed: number, index: number, size: number): Image {
  const generator = new Generator({ seed, purpose: 'mixing', position: index, layer: 1 });
  const kind = kinds[generator.integer(kinds.length)]!;
  let field = kind(generator, size);
  // Some attractors are little more than dust.
  for (let attempt = 1; attempt < 5 && isSparse(field); attempt++) field = kind(generator, size);
  const palette = Array.from({ length: 5 }, () => [byte(generator), byte(generator), byte(generator)] as const);
  const ground = generator.integer(2) === 0 ? [0, 0, 0] : [byte(generator), byte(generator), byte(generator)];
  const image = createImage({ height: size, width: size, channels: 3 });
  for (let pixel = 0; pixel < size * size; pixel++) {
    const place = Math.min(field.colour[pixel]!, 0.999999) * (palette.length - 1);
    const [from, to] = [palette[Math.floor(place)]!, palette[Math.floor(place) + 1]!];
    const part = place - Math.floor(place);
    for (let channel = 0; channel < 3; channel++) {
      const colour = from[channel]! + part * (to[channel]! - from[channel]!);
      const below = ground[channel]!;
      image.data[3 * pixel + channel] = Math.round(below + field.brightness[pixel]! * (colour - below));
    }
  }
  return image;
}

const isSparse = ({ brightness }: FractalField): boolean =>
  brightness.reduce((count, value) => count + (value > 0 ? 1 : 0), 0) < brightness.length / 10;

const byte = (generator: Generator): number => generator.integer(256);
