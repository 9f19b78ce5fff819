import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { randomBytes } from '../testing/pictures.ts';
import { copyRows } from './copy-rows.ts';

it('copies any rectangle, upside down too, and touches nothing beside it', () => {
  const side = fc.integer({ min: 0, max: 20 });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 150 }),
      side,
      side,
      fc.boolean(),
      (rows, bytes, left, right, turned) => {
        const stride = left + bytes + right;
        const x = randomBytes(rows * stride, bytes);
        const begin = turned ? (rows - 1) * stride + left : left;
        const step = turned ? -stride : stride;
        const expected = reference.copyRows(x, begin, step, rows, bytes);
        onEveryBuild((arena) => {
          const [from, to] = [arena.putBytes(x), arena.outputBytes(rows * bytes)];
          arena.run(() => copyRows(arena.k, from + begin, step, to, bytes, rows, bytes));
          expect([...arena.bytes(to, rows * bytes)]).toEqual(expected);
        });
      },
    ),
    { seed: 4, numRuns: 60 },
  );
});
