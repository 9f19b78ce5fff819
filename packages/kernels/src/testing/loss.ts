import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Kernels } from '../kernels.ts';
import type { LossPointers } from '../ops/loss-checks.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import { onEveryBuild } from './arena.ts';
import { centralDifferences, expectClose, roundoff } from './expect-close.ts';

/** A loss element by element, as its kernel and its reference have it. */
export interface ElementwiseLoss {
  readonly run: (k: Kernels, at: LossPointers, images: number, elements: number, scale?: number) => void;
  readonly reference: (
    x: ArrayLike<number>,
    targets: ArrayLike<number>,
    images: number,
  ) => { losses: number[]; gradient: number[] };
  /** A target made of a number in [−1, 1). */
  readonly target: (value: number) => number;
  /** Targets that are refused, and what the message says was expected. */
  readonly refused: { readonly targets: readonly number[]; readonly expected: string };
}

/** Runs a loss on every build, and hands over what it wrote. */
export function runLoss(
  run: (k: Kernels, at: LossPointers) => void,
  { x, targets, images }: { x: ArrayLike<number>; targets: ArrayLike<number>; images: number },
  check: (losses: Float64Array, gradient: Float32Array) => void,
): void {
  onEveryBuild((arena) => {
    const at = {
      x: arena.put(x),
      targets: arena.put(targets),
      gradient: arena.output(x.length),
      losses: arena.outputDoubles(images),
    };
    arena.run(() => run(arena.k, at));
    check(arena.doubles(at.losses, images), arena.floats(at.gradient, x.length));
  });
}

/** The tests that each loss element by element has to pass. */
export function testLoss({ run, reference, target, refused }: ElementwiseLoss): void {
  const targetsFor = (count: number, seed: number) => Float32Array.from(pseudoRandom(count, seed), target);

  it('reference: has a gradient that central differences agree with', () => {
    const [x, targets] = [[...pseudoRandom(20, 1, 4)], targetsFor(20, 2)];
    const sum = (z: readonly number[]): number => reference(z, targets, 1).losses[0]!;
    expectClose('gradient', reference(x, targets, 1).gradient, centralDifferences(x, sum, 1e-4), 1e-7);
  });

  it('agrees with the reference on any size, magnitude and scale', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 1, max: 19 }),
        fc.constantFrom(1e-3, 1, 30, 1e4),
        fc.constantFrom(1, 0.3, 1 / 7),
        fc.nat(),
        (images, elements, size, scale, seed) => {
          const count = images * elements;
          const [x, targets] = [pseudoRandom(count, seed, size), targetsFor(count, seed + 1)];
          const expected = reference(x, targets, images);
          const losses = expected.losses.map((loss) => loss * scale);
          const gradient = expected.gradient.map((slope) => slope * scale);
          runLoss(
            (k, at) => run(k, at, images, elements, scale),
            { x, targets, images },
            (gotLosses, gotGradient) => {
              expectClose('loss', gotLosses, losses, (n) => 1e-13 * Math.abs(losses[n]!));
              expectClose('gradient', gotGradient, gradient, (i) => 1.01 * roundoff * Math.abs(gradient[i]!) + 1e-37);
            },
          );
        },
      ),
      { seed: 12, numRuns: 60 },
    );
  });

  it('has the gradient in place of the values, to the same bits, and none for pointer 0', () => {
    const [x, targets] = [pseudoRandom(12, 5, 3), targetsFor(12, 6)];
    runLoss(
      (k, at) => run(k, at, 3, 4),
      { x, targets, images: 3 },
      (losses, gradient) => {
        onEveryBuild((arena) => {
          const both = arena.inPlace(arena.put(x));
          const at = { x: both, targets: arena.put(targets), gradient: both, losses: arena.outputDoubles(3) };
          arena.run(() => run(arena.k, at, 3, 4));
          expect([...arena.floats(both, 12)]).toEqual([...gradient]);
        });
        onEveryBuild((arena) => {
          const at = { x: arena.put(x), targets: arena.put(targets), gradient: 0, losses: arena.outputDoubles(3) };
          arena.run(() => run(arena.k, at, 3, 4));
          expect([...arena.doubles(at.losses, 3)]).toEqual([...losses]);
        });
      },
    );
  });

  it('does not hide a value that is not a number', () => {
    const x = [0.5, Number.NaN, 0.25, 1];
    runLoss(
      (k, at) => run(k, at, 2, 2),
      { x, targets: x.map(() => target(0.5)), images: 2 },
      (losses, gradient) => {
        expect([...losses].map(Number.isNaN)).toEqual([true, false]);
        expect([...gradient].map(Number.isNaN)).toEqual([false, true, false, false]);
      },
    );
  });

  it.each(refused.targets)('refuses a target of %d, and says which', (wrong) => {
    onEveryBuild((arena) => {
      const targets = arena.put([target(0.5), wrong]);
      const at = { x: arena.put([1, 2]), targets, gradient: 0, losses: arena.scratch(8) };
      expect(() => run(arena.k, at, 1, 2)).toThrow(
        expect.objectContaining({
          code: 'KERNEL_ARGUMENT',
          message: expect.stringContaining(`target 1: expected ${refused.expected}, got ${wrong}`),
        }),
      );
    });
  });
}
