import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Kernels } from '../kernels.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import { type Arena, onEveryBuild } from './arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from './expect-close.ts';

/** An activation, as its kernel and its reference have it, and how exact it promises to be. */
export interface Activation {
  readonly forward: (k: Kernels, x: number, y: number, length: number) => void;
  readonly backward: (k: Kernels, kept: number, dy: number, dx: number, length: number) => void;
  /** What the backward pass reads. */
  readonly keeps: 'input' | 'output';
  readonly reference: {
    readonly forward: (x: ArrayLike<number>) => number[];
    readonly backward: (kept: ArrayLike<number>, dy: ArrayLike<number>) => number[];
  };
  /** Bound of the error of y, in roundoffs of y. */
  readonly roundoffs: number | ((x: number) => number);
  /** Bound of the error of dx/dy, in roundoffs of 1. */
  readonly slopeRoundoffs: number;
  /** Bound of the error where the result is next to 0. */
  readonly underflow?: number;
  /** Where it is not differentiable. */
  readonly kinks?: readonly number[];
}

/** Magnitudes of all sizes, a dense sweep of where the functions bend, and its surroundings. */
const sweeps: readonly (readonly [name: string, values: Float32Array])[] = [
  ['±8', linear(-8, 8)],
  ['±1', linear(-1, 1)],
  ['±120', linear(-120, 120)],
  ['tiny', Float32Array.from({ length: 640 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 1.37 * 2 ** (-i / 5))],
  ['huge', Float32Array.from({ length: 250 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 1.37 * 2 ** (i / 2))],
];

function linear(low: number, high: number): Float32Array {
  return Float32Array.from({ length: 20_011 }, (_, i) => low + ((high - low) * i) / 20_010);
}

/** The tests that each activation has to pass. */
export function testActivation(activation: Activation): void {
  const { forward, backward, keeps, reference, roundoffs, slopeRoundoffs, underflow = 1e-37, kinks = [] } = activation;
  const yBound = (x: ArrayLike<number>, y: ArrayLike<number>) => (i: number) =>
    (typeof roundoffs === 'number' ? roundoffs : roundoffs(x[i]!)) * roundoff * Math.abs(y[i]!) + underflow;
  const dxBound = (dy: ArrayLike<number>) => (i: number) => slopeRoundoffs * roundoff * Math.abs(dy[i]!) + underflow;
  /** What the kernel's backward pass reads: the reference's, as float32. */
  const kept = (x: Float32Array) => (keeps === 'input' ? x : Float32Array.from(reference.forward(x)));

  it('reference: has a gradient that central differences agree with', () => {
    const x = [...pseudoRandom(60, 1, 7)].filter((value) => kinks.every((kink) => Math.abs(value - kink) > 1e-3));
    const dy = pseudoRandom(x.length, 2);
    const dx = centralDifferences(x, (input) => dot(reference.forward(input), dy), 1e-5);
    expectClose('dx', reference.backward(keeps === 'input' ? x : reference.forward(x), dy), dx, 1e-9);
  });

  it('agrees with the reference on any length, also in place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70 }), fc.constantFrom(0.1, 3, 10), fc.nat(), (length, scale, seed) => {
        const [x, dy] = [pseudoRandom(length, seed, scale), pseudoRandom(length, seed + 1)];
        const y = reference.forward(x);
        const read = kept(x);
        const dx = reference.backward(read, dy);
        const check = (arena: Arena, yAt: number, dxAt: number) => {
          expectClose('y', arena.floats(yAt, length), y, yBound(x, y));
          expectClose('dx', arena.floats(dxAt, length), dx, dxBound(dy));
        };
        onEveryBuild((arena) => {
          const [xAt, readAt, dyAt] = [arena.put(x), arena.put(read), arena.put(dy)];
          const [yAt, dxAt] = [arena.output(length), arena.output(length)];
          arena.run(() => {
            forward(arena.k, xAt, yAt, length);
            backward(arena.k, readAt, dyAt, dxAt, length);
          });
          check(arena, yAt, dxAt);
        });
        onEveryBuild((arena) => {
          const [xAt, readAt, dyAt] = [arena.inPlace(arena.put(x)), arena.put(read), arena.inPlace(arena.put(dy))];
          arena.run(() => {
            forward(arena.k, xAt, xAt, length);
            backward(arena.k, readAt, dyAt, dyAt, length);
          });
          check(arena, xAt, dyAt);
        });
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  it.each(sweeps)('is as exact as it says over %s', (_, x) => {
    const y = reference.forward(x);
    const read = kept(x);
    const dy = new Float32Array(x.length).fill(1);
    const dx = reference.backward(read, dy);
    onEveryBuild((arena) => {
      const [xAt, readAt, dyAt] = [arena.put(x), arena.put(read), arena.put(dy)];
      const [yAt, dxAt] = [arena.output(x.length), arena.output(x.length)];
      forward(arena.k, xAt, yAt, x.length);
      backward(arena.k, readAt, dyAt, dxAt, x.length);
      expectClose('y', arena.floats(yAt, x.length), y, yBound(x, y));
      expectClose('dx', arena.floats(dxAt, x.length), dx, dxBound(dy));
    });
  });

  it('keeps NaN', () => {
    onEveryBuild((arena) => {
      const [xAt, y] = [arena.put([1, Number.NaN, 2, 3, Number.NaN]), arena.output(5)];
      arena.run(() => forward(arena.k, xAt, y, 5));
      expect([...arena.floats(y, 5)].map(Number.isNaN)).toEqual([false, true, false, false, true]);
    });
  });
}

/** What a kernel gives for some values, the same in every build. */
export function expectValues(
  call: (k: Kernels, x: number, y: number, length: number) => void,
  x: readonly number[],
  y: readonly number[],
): void {
  onEveryBuild((arena) => {
    const [xAt, yAt] = [arena.put(x), arena.output(x.length)];
    arena.run(() => call(arena.k, xAt, yAt, x.length));
    expect([...arena.floats(yAt, x.length)]).toEqual(y.map(Math.fround));
  });
}
