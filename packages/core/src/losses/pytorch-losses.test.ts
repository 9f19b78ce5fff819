import { kernelBuilds } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { sequential } from '../graph/builder.ts';
import { elements, type Shape } from '../graph/graph.ts';
import { leakyRelu } from '../layers/leaky-relu.ts';
import { drawsOf } from '../testing/draws.ts';
import { Network } from '../testing/network.ts';
import { runPython } from '../testing/python.ts';
import { pseudoRandom, relativeError } from '../testing/values.ts';
import { bceWithLogitsLoss } from './bce-with-logits-loss.ts';
import { crossEntropyLoss } from './cross-entropy-loss.ts';
import type { LossCall } from './loss.ts';
import { mseLoss } from './mse-loss.ts';
import { softMarginLoss } from './soft-margin-loss.ts';

/** Losses against PyTorch's means (Debian's, in float64) and their gradients: see goldens/losses.py. All agree to 6e-8. */
const tolerance = 1e-7;

type Targets = 'classes' | 'shares' | 'signs' | 'values';
const { integer, pair, uniform, pick } = drawsOf(1);

/** Each loss with each of its options, for so many classes or channels; of weights, some may be 0. */
function callsFor(classes: number): (readonly [call: LossCall, targets: Targets])[] {
  const weight = Array.from({ length: classes }, (_, i) => (i % 4 === 3 ? 0 : Math.fround(uniform(0.2, 2))));
  const labelSmoothing = Math.fround(uniform(0, 0.9));
  return [
    [crossEntropyLoss(), 'classes'],
    [crossEntropyLoss({ labelSmoothing }), 'classes'],
    [crossEntropyLoss({ weight }), 'classes'],
    [crossEntropyLoss({ weight, labelSmoothing }), 'classes'],
    [crossEntropyLoss({ target: 'values' }), 'shares'],
    [crossEntropyLoss({ target: 'values', weight, labelSmoothing }), 'shares'],
    [bceWithLogitsLoss(), 'shares'],
    [bceWithLogitsLoss({ posWeight: weight }), 'shares'],
    [mseLoss(), 'values'],
    [softMarginLoss(), 'signs'],
  ];
}

function targetsFor(kind: Targets, samples: number, shape: Shape, seed: number): number[] {
  const values = [...pseudoRandom(samples * elements(shape), seed)];
  const classes = shape.at(-1)!;
  switch (kind) {
    case 'classes':
      return values.slice(0, values.length / classes).map((value) => Math.floor(((value + 1) / 2) * classes));
    case 'shares': // as of a mixture: of any size, and some of them 0; nothing says that they add up to 1
      return values.map((value) => Math.max(0, value));
    case 'signs':
      return values.map((value) => (value < 0 ? -1 : 1));
    case 'values':
      return values;
  }
}

/** Vectors and maps of any size; with a sample or two some of the three shards are empty. */
const sizes: readonly { readonly samples: number; readonly shape: Shape }[] = [
  { samples: 7, shape: [5] },
  { samples: 7, shape: [3, 4, 5] },
  ...Array.from({ length: 8 }, (_, i) => {
    const classes = integer(2, 20);
    return { samples: integer(1, 9), shape: i % 2 === 0 ? [classes] : [...pair(1, 5), classes] };
  }),
];

const runs = sizes.flatMap(({ samples, shape }, i) =>
  callsFor(shape.at(-1)!).map(([call, kind], j) => ({
    ...call,
    shape,
    samples,
    x: [...pseudoRandom(samples * elements(shape), 100 * i + j, pick([0.1, 4, 20]))],
    targets: targetsFor(kind, samples, shape, 100 * i + 50 + j),
  })),
);

describe('PyTorch, live', () => {
  it('agrees in the mean of every loss and in its gradient', { timeout: 120_000 }, ({ skip }) => {
    const answer = runPython(new URL('../goldens/losses.py', import.meta.url), [], JSON.stringify(runs));
    if (answer === undefined) return skip('there is no PyTorch (Debian: python3-torch) to compare with');
    const expected = JSON.parse(answer) as { loss: number; gradient: number[] }[];
    for (const build of kernelBuilds) {
      runs.forEach(({ name, options, shape, samples, x, targets }, i) => {
        // The output is the input.
        const graph = sequential('identity', shape, [['same', leakyRelu({ negativeSlope: 1 })]]);
        const losses = [{ output: 'same', loss: { name, options } }];
        const network = new Network({ graph, batch: samples, shards: 3, build, losses, inputGradients: true });
        network.train({
          inputs: { input: Float32Array.from(x) },
          labels: new Array<number>(samples).fill(0),
          targets: { same: targets },
        });
        const where = `${build}: ${name} ${JSON.stringify(options)} of ${samples} ${shape.join('x')}`;
        const { loss, gradient } = expected[i]!;
        expect(Math.abs(network.loss() - loss) / loss, where).toBeLessThan(tolerance);
        const sums = gradient.map((slope) => slope * samples);
        expect(relativeError(network.inputGradient(), sums), where).toBeLessThan(tolerance);
      });
    }
  });
});
