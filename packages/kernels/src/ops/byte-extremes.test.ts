import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { testPictures } from '../testing/pictures.ts';
import { byteExtremes } from './byte-extremes.ts';

it('finds the lowest and the highest value of each channel', () => {
  testPictures({
    arrange: (arena, x, y, { height, width, channels }) => {
      return () => byteExtremes(arena.k, x, height * width, channels, y);
    },
    reference: (x, { channels }) => reference.byteExtremes(x, channels),
  });
});
