import fc from 'fast-check';
import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { testPictures } from '../testing/pictures.ts';
import { posterize } from './posterize.ts';

it('keeps the highest bits', () => {
  testPictures({
    inPlace: true,
    numbers: fc.tuple(fc.integer({ min: 0, max: 8 })),
    arrange: (arena, x, y, { height, width, channels }, [bits]) => {
      return () => posterize(arena.k, x, y, height * width, channels, bits!);
    },
    reference: (x, { channels }, [bits]) => reference.posterize(x, channels, bits!),
  });
});
