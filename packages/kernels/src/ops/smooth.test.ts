import { expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { testPictures } from '../testing/pictures.ts';
import { smooth } from './smooth.ts';

it('smoothes all but the border', () => {
  testPictures({
    arrange: (arena, x, y, size) => () => smooth(arena.k, x, y, size),
    reference: reference.smooth,
  });
});

it('rounds every sum that there can be as the additions in float32 do', () => {
  // A row of three for each sum: the middle from 0 to 255, then all around it.
  const width = 3 * 3316;
  const x = new Array<number>(3 * width).fill(0);
  for (let sum = 0; sum <= 3315; sum++) {
    const middle = Math.min(255, Math.floor(sum / 5));
    let rest = sum - 5 * middle;
    x[width + 3 * sum + 1] = middle;
    for (const at of [0, 1, 2, width, width + 2, 2 * width, 2 * width + 1, 2 * width + 2]) {
      const part = Math.min(255, rest);
      x[3 * sum + at] = part;
      rest -= part;
    }
  }
  const size = { height: 3, width, channels: 1 };
  onEveryBuild((arena) => {
    const [from, to] = [arena.putBytes(x), arena.outputBytes(x.length)];
    arena.run(() => smooth(arena.k, from, to, size));
    const result = arena.bytes(to, x.length);
    expect(Buffer.compare(result, Uint8Array.from(reference.smooth(x, size)))).toBe(0);
    expect([0, 6, 7, 3315].map((sum) => result[width + 3 * sum + 1])).toEqual([0, 0, 1, 255]);
  });
});
