import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { testPictures } from '../testing/pictures.ts';
import { flipHorizontal, flipVertical } from './flip.ts';

it('mirrors each row', () => {
  testPictures({
    arrange: (arena, x, y, size) => () => flipHorizontal(arena.k, x, y, size),
    reference: reference.flipHorizontal,
  });
});

it('turns pictures upside down', () => {
  testPictures({
    inPlace: true,
    arrange: (arena, x, y, size) => () => flipVertical(arena.k, x, y, size),
    reference: reference.flipVertical,
  });
});
