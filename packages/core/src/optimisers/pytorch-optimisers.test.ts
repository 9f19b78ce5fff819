import { kernelBuilds } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { elements } from '../graph/graph.ts';
import { drawsOf } from '../testing/draws.ts';
import { type OptimiserRun, runOptimiser } from '../testing/optimiser-run.ts';
import { runPython } from '../testing/python.ts';
import { pseudoRandom, relativeError } from '../testing/values.ts';
import { optimiserSchema } from './optimiser.ts';

/**
 * Twenty steps of each optimiser against PyTorch, and of those that it does not have against their published pseudo-code. The
 * largest difference of any element, relative to the tensor's largest: up to 5e-7. Centred RMSprop
 * divides by the root of a difference, of which PyTorch's float32 keeps as few digits as ours: 2e-6.
 */
const toleranceOf = ({ ours }: TorchCase): number => (ours.name === 'rmsprop' && ours.centered === true ? 5e-6 : 1e-6);
const steps = 20;

// A weight of several chunks, a small one, two of one axis, of which one begins with zeros, and some of any shape.
const { integer, pair, uniform, pick } = drawsOf(1);
const shapes = [[3, 50, 30], [5, 7], [11], [64], pair(1, 40), [...pair(1, 5), ...pair(1, 3)], [integer(1, 100)]];
const tensors = shapes.map((shape, i) => {
  const values = pseudoRandom(elements(shape), i, 0.5);
  return { shape, values: i === 2 ? values.fill(0) : values };
});
// Of sizes that differ between steps, so that clipping takes place in some of them.
const gradients = Array.from({ length: steps }, (_, step) =>
  shapes.map((shape, i) => pseudoRandom(elements(shape), 100 + step * 10 + i, 0.02 * (1 + (step % 3)))),
);
const rates = (first: number): number[] => Array.from({ length: steps }, (_, step) => first * (1 - step / 40));

interface Case {
  readonly ours: z.input<typeof optimiserSchema>;
  readonly rate: number;
  readonly clip?: number;
}

function ours({ ours: optimiser, rate, clip }: Case, build: OptimiserRun['build'] = 'default'): Float32Array[] {
  const run = { tensors, gradients, rates: rates(rate), clip, build };
  return runOptimiser({ ...run, optimiser: optimiserSchema.parse(optimiser) });
}

function expectClose(
  got: readonly Float32Array[],
  expected: readonly ArrayLike<number>[],
  what: string,
  tolerance = 1e-6,
): void {
  got.forEach((values, i) => {
    const error = relativeError(values, expected[i]!);
    expect(error, `${what}, tensor ${i}`).toBeLessThan(tolerance);
  });
}

interface TorchCase extends Case {
  readonly torch: readonly [optimiser: string, options: Readonly<Record<string, unknown>>];
}

const cases: Readonly<Record<string, TorchCase>> = {
  sgd: { ours: { name: 'sgd', momentum: 0 }, torch: ['SGD', {}], rate: 0.1 },
  'sgd, clipped, with Nesterov and decay': {
    ours: { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 },
    torch: ['SGD', { momentum: 0.9, nesterov: true, weight_decay: 0.01 }],
    rate: 0.1,
    clip: 1.2,
  },
  'sgd, decay of weights alone': {
    ours: { name: 'sgd', weightDecay: 0.1, decayExclude: 'normAndBias' },
    torch: ['SGD', { momentum: 0.9, weight_decay: 0.1 }],
    rate: 0.1,
  },
  adagrad: { ours: { name: 'adagrad' }, torch: ['Adagrad', {}], rate: 0.01 },
  'adagrad with everything': {
    ours: { name: 'adagrad', lrDecay: 0.1, initialAccumulator: 0.3, eps: 1e-3, weightDecay: 0.1 },
    torch: ['Adagrad', { lr_decay: 0.1, initial_accumulator_value: 0.3, eps: 1e-3, weight_decay: 0.1 }],
    rate: 0.1,
  },
  rmsprop: { ours: { name: 'rmsprop' }, torch: ['RMSprop', {}], rate: 0.01 },
  'rmsprop with momentum': {
    ours: { name: 'rmsprop', momentum: 0.9, alpha: 0.9, weightDecay: 0.1 },
    torch: ['RMSprop', { momentum: 0.9, alpha: 0.9, weight_decay: 0.1 }],
    rate: 1e-3,
  },
  'rmsprop, centred': {
    ours: { name: 'rmsprop', centered: true },
    torch: ['RMSprop', { centered: true }],
    rate: 1e-3,
  },
  'rmsprop, centred, with momentum': {
    ours: { name: 'rmsprop', centered: true, momentum: 0.5, eps: 1e-3 },
    torch: ['RMSprop', { centered: true, momentum: 0.5, eps: 1e-3 }],
    rate: 1e-3,
  },
  adam: { ours: { name: 'adam' }, torch: ['Adam', {}], rate: 1e-3 },
  'adam with other numbers': {
    ours: { name: 'adam', beta1: 0.5, beta2: 0.9, eps: 1e-3, weightDecay: 0.1 },
    torch: ['Adam', { betas: [0.5, 0.9], eps: 1e-3, weight_decay: 0.1 }],
    rate: 0.01,
  },
  'adam, AMSGrad, clipped': {
    ours: { name: 'adam', amsgrad: true },
    torch: ['Adam', { amsgrad: true }],
    rate: 1e-3,
    clip: 1.2,
  },
  adamw: { ours: { name: 'adamw' }, torch: ['AdamW', {}], rate: 1e-3 },
  'adamw, AMSGrad, decay of weights alone': {
    ours: { name: 'adamw', amsgrad: true, weightDecay: 0.5, decayExclude: 'normAndBias' },
    torch: ['AdamW', { amsgrad: true, weight_decay: 0.5 }],
    rate: 0.01,
  },
};

/** Each of PyTorch's with options of any size. */
function randomCases(): TorchCase[] {
  const clip = pick([undefined, uniform(0.5, 2)]);
  const weightDecay = pick([0, uniform(0, 0.2)]);
  const [momentum, beta1, beta2] = [uniform(0.1, 0.95), uniform(0, 0.95), uniform(0.5, 0.999)];
  const eps = 10 ** uniform(-6, -2);
  const flag = () => integer(0, 1) === 1;
  const [nesterov, centered, amsgrad] = [flag(), flag(), flag()];
  const [lrDecay, initialAccumulator] = [uniform(0, 0.3), uniform(0, 0.5)];
  const alpha = uniform(0.5, 0.99);
  const given = (rate: number, [ours, optimiser, options]: [TorchCase['ours'], string, object]): TorchCase => ({
    ours: { ...ours, weightDecay },
    torch: [optimiser, { ...options, weight_decay: weightDecay }],
    rate: rate * uniform(0.1, 1),
    ...(clip !== undefined && { clip }),
  });
  const adam = { beta1, beta2, eps, amsgrad };
  const torchAdam = { betas: [beta1, beta2], eps, amsgrad };
  return [
    given(0.2, [{ name: 'sgd', momentum, nesterov }, 'SGD', { momentum, nesterov }]),
    given(0.1, [
      { name: 'adagrad', lrDecay, initialAccumulator, eps },
      'Adagrad',
      { lr_decay: lrDecay, initial_accumulator_value: initialAccumulator, eps },
    ]),
    given(0.01, [{ name: 'rmsprop', momentum, alpha, centered, eps }, 'RMSprop', { momentum, alpha, centered, eps }]),
    given(0.01, [{ name: 'adam', ...adam }, 'Adam', torchAdam]),
    given(0.01, [{ name: 'adamw', ...adam }, 'AdamW', torchAdam]),
  ];
}

const all = new Map(Object.entries(cases));
for (const entry of Array.from({ length: 4 }, randomCases).flat()) {
  all.set(`${JSON.stringify(entry.ours)} at ${entry.rate}, clipped to ${entry.clip}`, entry);
}

describe('PyTorch, live', () => {
  it('agrees in every element after 20 steps', { timeout: 120_000 }, ({ skip }) => {
    const runs = [...all].map(
      ([
        name,
        {
          ours: { decayExclude },
          torch: [optimiser, options],
          rate,
          clip,
        },
      ]) => {
        const exclude = decayExclude === 'normAndBias';
        return [name, { optimiser, options, rates: rates(rate), clip: clip ?? null, exclude }] as const;
      },
    );
    const input = {
      tensors: tensors.map(({ shape, values }) => ({ shape, values: [...values] })),
      gradients: gradients.map((ofTensors) => ofTensors.map((values) => [...values])),
      runs: Object.fromEntries(runs),
    };
    const answer = runPython(new URL('../goldens/optimisers.py', import.meta.url), [], JSON.stringify(input));
    if (answer === undefined) return skip('there is no PyTorch (Debian: python3-torch) to compare with');
    const expected = new Map(Object.entries(JSON.parse(answer) as Record<string, number[][]>));
    for (const [name, entry] of all) {
      for (const build of kernelBuilds)
        expectClose(ours(entry, build), expected.get(name)!, `${name}, ${build}`, toleranceOf(entry));
    }
  });
});

/** Steps of a tensor by a formula in double precision, each with the gradient and the learning rate of the step. */
function byHand(
  take: (p: readonly number[], g: readonly number[], rate: number, tensor: number) => number[],
  first: number,
): number[][] {
  return tensors.map(({ values }, tensor) => {
    let p: readonly number[] = [...values];
    rates(first).forEach((rate, step) => {
      p = take(p, [...gradients[step]![tensor]!], rate, tensor);
    });
    return [...p];
  });
}

type Numbers = readonly [number, number, number];
const lionNumbers: Numbers[] = [
  [0.9, 0.99, 0.1],
  [uniform(0, 0.95), uniform(0.5, 0.999), uniform(0, 1)],
];
const larsNumbers: Numbers[] = [
  [0.02, 0.9, 0.005],
  [uniform(0.001, 0.1), uniform(0, 0.95), uniform(0, 0.1)],
];

describe.each(kernelBuilds)('published pseudo-code, %s build', (build) => {
  it.each(lionNumbers)('Lion: Chen et al. 2023, algorithm 2, of %d, %d, %d', (beta1, beta2, lambda) => {
    const momentum = shapes.map((shape) => new Array<number>(elements(shape)).fill(0));
    const expected = byHand((p, g, eta, tensor) => {
      const m = momentum[tensor]!;
      // update model parameters, then the EMA of the gradient
      const next = p.map((theta, i) => {
        const c = beta1 * m[i]! + (1 - beta1) * g[i]!;
        return theta - eta * ((c > 0 ? 1 : c < 0 ? -1 : 0) + lambda * theta);
      });
      g.forEach((value, i) => {
        m[i] = beta2 * m[i]! + (1 - beta2) * value;
      });
      return next;
    }, 1e-3);
    const options = { name: 'lion', beta1, beta2, weightDecay: lambda } as const;
    expectClose(ours({ ours: options, rate: 1e-3 }, build), expected, 'lion');
  });

  it.each(larsNumbers)('LARS: You et al. 2017, algorithm 1, of %d, %d, %d', (eta, m, beta) => {
    const norm = (x: readonly number[]) => Math.sqrt(x.reduce((sum, value) => sum + value ** 2, 0));
    const velocity = shapes.map((shape) => new Array<number>(elements(shape)).fill(0));
    const expected = byHand((w, g, gamma, tensor) => {
      const v = velocity[tensor]!;
      // Where the weights are zero the paper's rate is too, and they would stay zero; ours is then the global one.
      const lambda = norm(w) > 0 ? (eta * norm(w)) / (norm(g) + beta * norm(w)) : 1;
      return w.map((weight, i) => {
        v[i] = m * v[i]! + gamma * lambda * (g[i]! + beta * weight);
        return weight - v[i]!;
      });
    }, 1);
    const options = { name: 'lars', trustCoefficient: eta, momentum: m, weightDecay: beta } as const;
    expectClose(ours({ ours: options, rate: 1 }, build), expected, 'lars');
  });
});
