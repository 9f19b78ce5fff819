import fc from 'fast-check';
import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { testPictures } from '../testing/pictures.ts';
import { blendGrey } from './blend-grey.ts';

const alpha = fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), fc.constantFrom(-1e6, -0.5, 0, 0.1, 1, 1.9, 3, 1e6));

it('blends pictures with their grey', () => {
  testPictures({
    minChannels: 3,
    inPlace: true,
    numbers: fc.tuple(alpha),
    arrange: (arena, x, y, { height, width, channels }, [factor]) => {
      return () => blendGrey(arena.k, x, y, height * width, channels, factor!);
    },
    reference: (x, { channels }, [factor]) => reference.blend(reference.desaturate(x, channels), x, factor!),
  });
});
