import fc from 'fast-check';
import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { testPictures } from '../testing/pictures.ts';
import { type ByteLine, scaleBytes, scaleScratchBytes } from './scale-bytes.ts';

const factor = fc.integer({ min: -4_000_000, max: 4_000_000 });
const offset = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
const lines = (numbers: readonly number[], channels: number): ByteLine[] =>
  Array.from({ length: channels }, (_, channel) => [numbers[channel]!, numbers[4 + channel]!]);

it('multiplies and adds, each channel with its own numbers', () => {
  testPictures({
    inPlace: true,
    numbers: fc.tuple(factor, factor, factor, factor, offset, offset, offset, offset),
    arrange: (arena, x, y, { height, width, channels }, numbers) => {
      const scratch = arena.scratch(scaleScratchBytes);
      return () => scaleBytes(arena.k, x, y, height * width, lines(numbers, channels), scratch);
    },
    reference: (x, { channels }, numbers) => reference.scaleBytes(x, lines(numbers, channels)),
  });
});
