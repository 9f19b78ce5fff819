import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { testPictures } from '../testing/pictures.ts';
import { turnHue } from './turn-hue.ts';

it('turns the colours', () => {
  testPictures({
    minChannels: 3,
    inPlace: true,
    numbers: fc.tuple(fc.integer({ min: 0, max: 255 })),
    arrange: (arena, x, y, { height, width, channels }, [turn]) => {
      return () => turnHue(arena.k, x, y, height * width, channels, turn!);
    },
    reference: (x, { channels }, [turn]) => reference.turnHue(x, channels, turn!),
  });
});

it('rounds as the reference does wherever a colour may lie', () => {
  // Red is the highest, then green, then blue; the two others over a grid that meets all ratios of small numbers.
  const colours: number[] = [];
  for (const highest of [1, 2, 3, 85, 127, 128, 170, 254, 255]) {
    for (let a = 0; a <= highest; a += 1 + (highest >> 5)) {
      for (let b = 0; b <= highest; b += 1 + (highest >> 4)) colours.push(highest, a, b, a, highest, b, a, b, highest);
    }
  }
  const expected = [0, 25, 130, 255].map((turn) => Uint8Array.from(reference.turnHue(colours, 3, turn)));
  onEveryBuild((arena) => {
    const [x, y] = [arena.putBytes(colours), arena.outputBytes(colours.length)];
    for (const [i, turn] of [0, 25, 130, 255].entries()) {
      arena.run(() => turnHue(arena.k, x, y, colours.length / 3, 3, turn));
      expect(Buffer.compare(arena.bytes(y, colours.length), expected[i]!)).toBe(0);
    }
  });
});
