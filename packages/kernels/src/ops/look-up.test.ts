import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { randomBytes, testPictures } from '../testing/pictures.ts';
import { lookUp } from './look-up.ts';

it('takes each channel through its own table', () => {
  const tables = (channels: number) => randomBytes(256 * channels, 5);
  testPictures({
    inPlace: true,
    arrange: (arena, x, y, { height, width, channels }) => {
      const at = arena.putBytes(tables(channels));
      return () => lookUp(arena.k, x, at, y, height * width, channels);
    },
    reference: (x, { channels }) => reference.lookUp(x, tables(channels), channels),
  });
});
