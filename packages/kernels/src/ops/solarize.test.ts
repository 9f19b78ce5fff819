import fc from 'fast-check';
import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { testPictures } from '../testing/pictures.ts';
import { solarize, solarizeAdd } from './solarize.ts';

const byte = fc.integer({ min: 0, max: 255 });

it('inverts from the threshold on', () => {
  testPictures({
    inPlace: true,
    numbers: fc.tuple(byte),
    arrange: (arena, x, y, { height, width, channels }, [threshold]) => {
      return () => solarize(arena.k, x, y, height * width, channels, threshold!);
    },
    reference: (x, { channels }, [threshold]) => reference.solarize(x, channels, threshold!),
  });
});

it('adds below the threshold', () => {
  testPictures({
    inPlace: true,
    numbers: fc.tuple(byte, byte),
    arrange: (arena, x, y, { height, width, channels }, [threshold, addition]) => {
      return () => solarizeAdd(arena.k, x, y, height * width, channels, threshold!, addition!);
    },
    reference: (x, { channels }, [threshold, addition]) => reference.solarizeAdd(x, channels, threshold!, addition!),
  });
});
