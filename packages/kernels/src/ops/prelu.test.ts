import fc from 'fast-check';
import { describe, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import { preluBackward, preluForward, preluParameterGradient } from './prelu.ts';

describe('reference', () => {
  it('has gradients that central differences agree with', () => {
    const [x, weight] = [[...pseudoRandom(20, 1)], [0.3, -0.5, 0, 2]];
    const dy = pseudoRandom(20, 2);
    const dx = centralDifferences(x, (input) => dot(reference.preluForward(input, weight), dy), 1e-4);
    expectClose('dx', reference.preluBackward(x, weight, dy), dx, 1e-10);
    const dweight = centralDifferences(weight, (slopes) => dot(reference.preluForward(x, slopes), dy), 1e-4);
    expectClose('dweight', reference.preluParameterGradient(x, dy, 4), dweight, 1e-10);
  });
});

describe.each<'shared' | 'channels'>(['shared', 'channels'])('prelu, slopes: %s', (slopes) => {
  it('agrees with the reference on any size, also in place, with slopes of any sign', () => {
    const size = fc.integer({ min: 1, max: 21 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), size, fc.nat(), (rows, channels, seed) => {
        const length = rows * channels;
        const count = slopes === 'shared' ? 1 : channels;
        const [x, dy, weight] = [
          pseudoRandom(length, seed),
          pseudoRandom(length, seed + 1),
          pseudoRandom(count, seed + 2),
        ];
        const y = reference.preluForward(x, weight);
        const dx = reference.preluBackward(x, weight, dy);
        const dweight = reference.preluParameterGradient(x, dy, count);
        const close = (values: readonly number[]) => (i: number) => roundoff * Math.abs(values[i]!);
        const layout = { rows, channels, slopes };
        onEveryBuild((arena) => {
          const [xAt, dyAt, weightAt] = [arena.put(x), arena.put(dy), arena.put(weight)];
          const [yAt, dxAt, dweightAt] = [arena.output(length), arena.output(length), arena.output(count)];
          arena.run(() => {
            preluForward(arena.k, xAt, weightAt, yAt, layout);
            preluBackward(arena.k, xAt, weightAt, dyAt, dxAt, layout);
            preluParameterGradient(arena.k, xAt, dyAt, dweightAt, layout);
          });
          expectClose('y', arena.floats(yAt, length), y, close(y));
          expectClose('dx', arena.floats(dxAt, length), dx, close(dx));
          expectClose('dweight', arena.floats(dweightAt, count), dweight, (i) => close(dweight)(i) + 1e-14);
        });
        onEveryBuild((arena) => {
          const [xAt, dyAt, weightAt] = [arena.inPlace(arena.put(x)), arena.inPlace(arena.put(dy)), arena.put(weight)];
          arena.run(() => {
            preluBackward(arena.k, xAt, weightAt, dyAt, dyAt, layout);
            preluForward(arena.k, xAt, weightAt, xAt, layout);
          });
          expectClose('y in place', arena.floats(xAt, length), y, close(y));
          expectClose('dx in place', arena.floats(dyAt, length), dx, close(dx));
        });
      }),
      { seed: 5, numRuns: 60 },
    );
  });
});
