import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KernelBuild, kernelBuilds } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors } from './formats/safetensors.ts';
import { createModel } from './models/model.ts';
import { createOptimiser } from './optimisers/optimiser.ts';
import { type Batch, Network, testState } from './testing/network.ts';
import { runPython } from './testing/python.ts';
import { pseudoRandom, relativeError } from './testing/values.ts';

/**
 * Whole steps of two networks against PyTorch (Debian's 1.13, float32): see goldens/make-goldens.py, which has the same constants.
 *
 * Everything is compared by one measure: the largest difference of any element, relative to the tensor's largest element.
 * The largest is 1.3e-5 in the gradients (2e-6 with direct convolutions), 4e-6 in the weights after ten steps and 2e-7 in the
 * statistics, where a biased variance in place of the unbiased one would be 1e-4.
 */
const tolerances = { logits: 1e-5, loss: 1e-6, gradient: 1e-4, statistics: 2e-6, sgd: 3e-5, nesterov: 3e-5 } as const;
const samples = 22;
const learningRate = 0.01;
const momentum = 0.9;
const weightDecay = 0.01;

const models = ['lenet5', 'small-cnn'] as const;
const script = new URL('goldens/make-goldens.py', import.meta.url);

function committed<T>(file: string): ReadonlyMap<string, T> {
  return new Map(
    Object.entries(JSON.parse(readFileSync(new URL(`goldens/${file}`, import.meta.url), 'utf8')) as Record<string, T>),
  );
}

/** Seeds of the batches, by model. */
const batches = committed<{ single: number; sgd: readonly number[]; nesterov: readonly number[] }>('batches.json');

interface Summary {
  readonly shape: readonly number[];
  readonly norm: number;
  readonly sum: number;
  readonly values: readonly number[];
}
const summaries = committed<Summary>('goldens.json');

/** Every third batch has three samples only, so that most shards are empty. */
function batch(step: number, seed: number): Batch {
  const count = step % 3 === 2 ? 3 : samples;
  const labels = Array.from({ length: count }, (_, i) => (7 * i + 3 * step) % 10);
  return { inputs: { input: pseudoRandom(count * 28 * 28, seed) }, labels };
}

/** The same tensors as make-goldens.py writes, by the same names. */
function compute(model: string, build: KernelBuild, shards: number): Map<string, Float32Array> {
  const graph = createModel(model, { inputShape: [28, 28, 1], classes: 10 });
  const tensors = new Map<string, Float32Array>();
  const network = (nesterov: boolean): Network => {
    const optimiser = createOptimiser({ name: 'sgd', momentum, weightDecay, nesterov });
    const made = new Network({ graph, batch: samples, shards, build, optimiser });
    made.load(testState(graph));
    return made;
  };

  const seeds = batches.get(model)!;
  const single = network(false);
  single.evaluate(batch(0, seeds.single));
  tensors.set(`${model}/logits`, single.tensor(graph.outputs[0]!));
  single.train(batch(0, seeds.single));
  tensors.set(`${model}/loss`, Float32Array.of(single.loss()));
  for (const [name, sum] of single.gradients()) {
    tensors.set(
      `${model}/gradient/${name}`,
      sum.map((value) => value / samples),
    );
  }
  for (const [name, values] of single.nextBuffers()) tensors.set(`${model}/statistics/${name}`, values);

  for (const kind of ['sgd', 'nesterov'] as const) {
    const trained = network(kind === 'nesterov');
    seeds[kind].forEach((seed, step) => {
      trained.train(batch(step, seed));
      trained.update(learningRate);
    });
    for (const [name, { data }] of trained.state()) tensors.set(`${model}/${kind}/${name}`, data);
  }
  return tensors;
}

/** The bound of a tensor, by the second part of its name. */
function toleranceOf(name: string): number {
  const kind = Object.entries(tolerances).find(([key]) => name.split('/')[1] === key);
  if (!kind) throw new Error(`there is no tolerance for ${name}`);
  return kind[1];
}

/** All values of a small tensor, 32 scattered ones of a large one. */
function sampled(values: Float32Array): number[] {
  if (values.length <= 32) return [...values];
  return Array.from({ length: 32 }, (_, k) => values[(7919 * k + 13) % values.length]!);
}

const runs = models.flatMap((model) =>
  kernelBuilds.flatMap((build) => [16, 5].map((shards) => ({ model, build, shards }))),
);

function compareSummary(name: string, values: Float32Array, { shape, norm, sum, values: golden }: Summary): void {
  const tolerance = toleranceOf(name);
  expect(values.length, name).toBe(shape.reduce((product, size) => product * size, 1));
  expect(relativeError(sampled(values), golden), `${name}: samples`).toBeLessThan(tolerance);
  const ownNorm = Math.sqrt(values.reduce((total, value) => total + value * value, 0));
  expect(Math.abs(ownNorm - norm) / norm, `${name}: norm`).toBeLessThan(tolerance);
  // Where every element is off by ε·norm/√n, the sum is off by ε·norm·√n at most.
  const ownSum = values.reduce((total, value) => total + value, 0);
  expect(Math.abs(ownSum - sum) / (norm * Math.sqrt(values.length)), `${name}: sum`).toBeLessThan(tolerance);
}

describe.for(runs)('$model, $build kernels, $shards shards', ({ model, build, shards }) => {
  it('agrees with the committed samples of PyTorch', () => {
    const own = compute(model, build, shards);
    const names = [...summaries.keys()].filter((name) => name.startsWith(`${model}/`));
    expect([...own.keys()].sort()).toEqual(names.sort());
    for (const name of names) compareSummary(name, own.get(name)!, summaries.get(name)!);
  });
});

describe('PyTorch, live', () => {
  it('agrees in every element of every tensor, and the committed samples are its', { timeout: 60_000 }, ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-goldens-'));
    try {
      const file = join(folder, 'goldens.safetensors');
      skip(runPython(script, [file]) === undefined, 'there is no PyTorch (Debian: python3-torch) to compare with');
      const { state: goldens } = decodeSafetensors(readFileSync(file), file);
      expect([...goldens.keys()]).toEqual([...summaries.keys()]);
      for (const [name, { data }] of goldens) compareSummary(name, data, summaries.get(name)!);
      for (const { model, build, shards } of runs) {
        for (const [name, values] of compute(model, build, shards)) {
          const error = relativeError(values, goldens.get(name)!.data);
          expect(error, `${name}, ${build}, ${shards} shards`).toBeLessThan(toleranceOf(name));
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
