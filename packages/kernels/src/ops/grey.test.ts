import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { testPictures } from '../testing/pictures.ts';
import { desaturate, grey } from './grey.ts';

it('makes pictures grey', () => {
  testPictures({
    minChannels: 3,
    arrange: (arena, x, y, { height, width, channels }) => {
      return () => grey(arena.k, x, y, height * width, channels);
    },
    reference: (x, { channels }) => reference.grey(x, channels),
  });
});

it('takes the colour out of pictures', () => {
  testPictures({
    minChannels: 3,
    arrange: (arena, x, y, { height, width, channels }) => {
      return () => desaturate(arena.k, x, y, height * width, channels);
    },
    reference: (x, { channels }) => reference.desaturate(x, channels),
  });
});
