import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { randomBytes, sizes } from '../testing/pictures.ts';
import { histogram, histogramScratchBytes } from './histogram.ts';

it('counts the values of each channel', () => {
  fc.assert(
    fc.property(sizes, fc.nat(100), ({ height, width, channels }, seed) => {
      const bytes = randomBytes(height * width * channels, seed);
      const expected = Int32Array.from(reference.histogram(bytes, channels));
      onEveryBuild((arena) => {
        const [x, counts] = [arena.putBytes(bytes), arena.output(256 * channels)];
        const scratch = arena.scratch(histogramScratchBytes(channels));
        arena.run(() => histogram(arena.k, x, height * width, channels, counts, scratch));
        expect(arena.integers(counts, 256 * channels)).toEqual(expected);
      });
    }),
    { seed: 3, numRuns: 60 },
  );
});
