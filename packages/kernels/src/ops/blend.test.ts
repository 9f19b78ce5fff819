import fc from 'fast-check';
import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { randomBytes, testPictures } from '../testing/pictures.ts';
import { blend, blendConstant } from './blend.ts';

const alpha = fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), fc.constantFrom(-1e6, -0.5, 0, 0.1, 1, 1.9, 3, 1e6));

it('blends two pictures, extrapolating too', () => {
  testPictures({
    inPlace: true,
    numbers: fc.tuple(alpha),
    arrange: (arena, x, y, { height, width, channels }, [factor]) => {
      const d = arena.putBytes(randomBytes(height * width * channels, 77));
      return () => blend(arena.k, d, x, y, height * width * channels, factor!);
    },
    reference: (x, _, [factor]) => reference.blend(randomBytes(x.length, 77), x, factor!),
  });
});

it('blends a picture with one value', () => {
  testPictures({
    inPlace: true,
    numbers: fc.tuple(fc.integer({ min: 0, max: 255 }), alpha),
    arrange: (arena, x, y, { height, width, channels }, [d, factor]) => {
      return () => blendConstant(arena.k, d!, x, y, height * width, channels, factor!);
    },
    reference: (x, { channels }, [d, factor]) => reference.blendConstant(d!, x, channels, factor!),
  });
});
