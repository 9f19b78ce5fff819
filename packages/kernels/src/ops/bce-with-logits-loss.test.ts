import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Kernels } from '../kernels.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { expectClose, roundoff } from '../testing/expect-close.ts';
import { runLoss, testLoss } from '../testing/loss.ts';
import { bceWithLogitsLoss } from './bce-with-logits-loss.ts';
import type { LossPointers } from './loss-checks.ts';

const unweighted = (k: Kernels, at: LossPointers, images: number, channels: number, scale?: number): void =>
  bceWithLogitsLoss(k, { ...at, posWeight: 0 }, { images, pixels: 1, channels }, scale);

describe('binary cross-entropy', () => {
  testLoss({
    run: unweighted,
    reference: (x, targets, images) => reference.bceWithLogitsLoss(x, targets, images, [1]),
    target: (value) => (Math.abs(value) < 0.5 ? (value + 1) / 2 : Number(value > 0)),
    refused: { targets: [-0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY], expected: 'a probability in [0, 1]' },
  });

  it('agrees with the reference where positive targets count more, in each channel', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 7 }),
        fc.nat(),
        (images, pixels, channels, seed) => {
          const count = images * pixels * channels;
          const x = pseudoRandom(count, seed, 6);
          const targets = pseudoRandom(count, seed + 1).map((value) => (value + 1) / 2);
          const posWeight = pseudoRandom(channels, seed + 2).map((value) => 3 * (value + 1));
          const { losses, gradient } = reference.bceWithLogitsLoss(x, targets, images, posWeight);
          onEveryBuild((arena) => {
            const [xAt, targetsAt, weightsAt] = [arena.put(x), arena.put(targets), arena.put(posWeight)];
            const at = { x: xAt, targets: targetsAt, posWeight: weightsAt };
            const outputs = { gradient: arena.output(count), losses: arena.outputDoubles(images) };
            arena.run(() => bceWithLogitsLoss(arena.k, { ...at, ...outputs }, { images, pixels, channels }));
            expectClose('loss', arena.doubles(outputs.losses, images), losses, (n) => 1e-13 * losses[n]!);
            expectClose('gradient', arena.floats(outputs.gradient, count), gradient, 6 * roundoff);
          });
        },
      ),
      { seed: 13, numRuns: 40 },
    );
  });

  it('is exact where e^x would overflow or vanish, and in the tails', () => {
    runLoss(
      (k, at) => unweighted(k, at, 5, 1),
      { x: [1e30, 1e30, -50, -50, 0], targets: [0, 1, 0, 1, 0.25], images: 5 },
      (losses, gradient) => {
        expect([...losses]).toEqual([Math.fround(1e30), 0, Math.exp(-50), 50, Math.LN2]);
        expect([...gradient]).toEqual([1, 0, Math.fround(Math.exp(-50)), -1, 0.25]);
      },
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a weight of %d', (weight) => {
    onEveryBuild((arena) => {
      const at = { x: arena.put([1]), targets: arena.put([1]), posWeight: arena.put([weight]), gradient: 0 };
      const call = () =>
        bceWithLogitsLoss(arena.k, { ...at, losses: arena.scratch(8) }, { images: 1, pixels: 1, channels: 1 });
      expect(call).toThrow(`posWeight 0: expected a finite number of at least 0, got ${weight}`);
    });
  });
});
