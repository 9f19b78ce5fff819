import { kernelBuilds } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { sequential } from '../graph/builder.ts';
import { elements, type Shape } from '../graph/graph.ts';
import { leakyRelu } from '../layers/leaky-relu.ts';
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
const samples = 7;
const weight = [0.5, 2, 1, 0, 1.5].map(Math.fround);

type Targets = 'classes' | 'shares' | 'signs' | 'values';
const calls: readonly (readonly [call: LossCall, targets: Targets])[] = [
  [crossEntropyLoss(), 'classes'],
  [crossEntropyLoss({ labelSmoothing: 0.1 }), 'classes'],
  [crossEntropyLoss({ weight }), 'classes'],
  [crossEntropyLoss({ weight, labelSmoothing: 0.2 }), 'classes'],
  [crossEntropyLoss({ target: 'values' }), 'shares'],
  [crossEntropyLoss({ target: 'values', weight, labelSmoothing: 0.2 }), 'shares'],
  [bceWithLogitsLoss(), 'shares'],
  [bceWithLogitsLoss({ posWeight: weight }), 'shares'],
  [mseLoss(), 'values'],
  [softMarginLoss(), 'signs'],
];

function targetsFor(kind: Targets, shape: Shape, seed: number): number[] {
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

const runs = calls.flatMap(([call, kind], i) =>
  [[5], [3, 4, 5]].map((shape, j) => ({
    ...call,
    shape,
    samples,
    x: [...pseudoRandom(samples * elements(shape), 100 + 10 * i + j, 4)],
    targets: targetsFor(kind, shape, 500 + 10 * i + j),
  })),
);

describe('PyTorch, live', () => {
  it('agrees in the mean of every loss and in its gradient', ({ skip }) => {
    const answer = runPython(new URL('../goldens/losses.py', import.meta.url), [], JSON.stringify(runs));
    if (answer === undefined) return skip('there is no PyTorch (Debian: python3-torch) to compare with');
    const expected = JSON.parse(answer) as { loss: number; gradient: number[] }[];
    for (const build of kernelBuilds) {
      runs.forEach(({ name, options, shape, x, targets }, i) => {
        // The output is the input.
        const graph = sequential('identity', shape, [['same', leakyRelu({ negativeSlope: 1 })]]);
        const losses = [{ output: 'same', loss: { name, options } }];
        const network = new Network({ graph, batch: samples, shards: 3, build, losses, inputGradients: true });
        network.train({
          inputs: { input: Float32Array.from(x) },
          labels: new Array<number>(samples).fill(0),
          targets: { same: targets },
        });
        const where = `${build}: ${name} ${JSON.stringify(options)} of ${shape.join('x')}`;
        const { loss, gradient } = expected[i]!;
        expect(Math.abs(network.loss() - loss) / loss, where).toBeLessThan(tolerance);
        const sums = gradient.map((slope) => slope * samples);
        expect(relativeError(network.inputGradient(), sums), where).toBeLessThan(tolerance);
      });
    }
  });
});
