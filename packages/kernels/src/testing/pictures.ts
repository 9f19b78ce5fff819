import fc from 'fast-check';
import type { PictureSize } from '../ops/picture-checks.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import { type Arena, onEveryBuild } from './arena.ts';

/** Sizes from one pixel on, around whole vectors, of 1, 3 or 4 channels. */
export const sizes = fc.record({
  height: fc.integer({ min: 1, max: 7 }),
  width: fc.integer({ min: 1, max: 40 }),
  channels: fc.constantFrom(1, 3, 4),
});

/** Bytes of all values; every fourth picture has but two, which meet the ends of a range. */
export function randomBytes(count: number, seed: number): number[] {
  const values = pseudoRandom(count, seed + 1, 1);
  if (seed % 4 === 0) return Array.from(values, (value) => (value < 0 ? 0 : 255));
  return Array.from(values, (value) => Math.min(255, Math.floor((value + 1) * 128)));
}

interface PictureTest {
  /** Draws what the call is told besides the picture. */
  readonly numbers?: fc.Arbitrary<readonly number[]>;
  /** Lays out what the call needs besides, and gives the call. */
  arrange(arena: Arena, x: number, y: number, size: PictureSize, numbers: readonly number[]): () => void;
  reference(x: readonly number[], size: PictureSize, numbers: readonly number[]): readonly number[];
  readonly minChannels?: number;
  /** Whether the output may be the input. */
  readonly inPlace?: boolean;
}

/** Compares a kernel from picture to bytes with its reference, on every build. */
export function testPictures({
  numbers = fc.constant([]),
  arrange,
  reference,
  minChannels = 1,
  inPlace,
}: PictureTest): void {
  fc.assert(
    fc.property(sizes, numbers, fc.nat(1000), fc.boolean(), (drawn, parameters, seed, same) => {
      const size = drawn.channels < minChannels ? { ...drawn, channels: minChannels } : drawn;
      const bytes = randomBytes(size.height * size.width * size.channels, seed);
      const expected = reference(bytes, size, parameters);
      onEveryBuild((arena) => {
        const x = arena.putBytes(bytes);
        const y = inPlace === true && same ? arena.inPlace(x) : arena.outputBytes(expected.length);
        arena.run(arrange(arena, x, y, size, parameters));
        if (Buffer.compare(arena.bytes(y, expected.length), Uint8Array.from(expected)) !== 0) {
          throw new Error(`${arena.build}: expected ${expected}, got ${arena.bytes(y, expected.length)}`);
        }
      });
    }),
    { seed: 11, numRuns: 120 },
  );
}
