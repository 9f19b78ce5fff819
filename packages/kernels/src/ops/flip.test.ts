import { it } from 'vitest';
import * as reference from '../reference/index.ts';
import { testPictures } from '../testing/pictures.ts';
import { flipHorizontal } from './flip.ts';

it('mirrors each row', () => {
  testPictures({
    arrange: (arena, x, y, size) => () => flipHorizontal(arena.k, x, y, size),
    reference: reference.flipHorizontal,
  });
});
