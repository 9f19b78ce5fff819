import { createMemory, Kernels, kernelModule } from '@lockstep/kernels';
import type { BatchPlace } from './execution/batch.ts';
import { Executor } from './executor.ts';
import { elements, type Graph } from './graph/graph.ts';
import type { OutputLoss } from './losses/loss.ts';
import { SoloCollective } from './parallel/collective.ts';
import { planReplica } from './plan/replica-plan.ts';
import { Generator } from './random/generator.ts';
import { initialState, readState, type StateDict, writeState } from './state.ts';

export interface GradientCheckOptions {
  /** Samples of the batch. Default: 4. */
  readonly samples?: number;
  readonly seed?: number;
  /** Of each input of the graph, sample by sample. Default: normally distributed, by the seed. */
  readonly inputs?: Readonly<Record<string, Float32Array>>;
  /** Of each output that a loss is taken of: class indices, or values. Default: each class in turn. */
  readonly targets?: Readonly<Record<string, ArrayLike<number>>>;
  /** Default: as a training begins, by the seed. */
  readonly state?: StateDict;
  /** Default: the cross-entropy of the first output. */
  readonly losses?: readonly OutputLoss[] | undefined;
  readonly shards?: number;
  readonly ghostBatch?: number | undefined;
  /** For layers with random numbers. */
  readonly place?: BatchPlace | undefined;
  /** How far each value is moved: a power of two, so that x ± h is exact; small enough that no maximum changes its mind. Default: 1/16. */
  readonly h?: number;
}

/** What came out for a parameter, or, by the name of an input, for that. */
export interface GradientCheck {
  readonly name: string;
  /** The largest difference of the gradient from that of the differences, relative to {@link largest}. */
  readonly error: number;
  /** The largest of the differences' gradient: near 0 nothing has been checked. */
  readonly largest: number;
}

/**
 * Compares the gradients of the sum of the losses, with respect to every parameter and every input, with differences of the loss,
 * element by element. Right ones differ by some 1e-5.
 *
 * The loss is float64, of logits that are float32: with four points, (8(L(x+h) − L(x−h)) − (L(x+2h) − L(x−2h)))/12h, the
 * truncation error is h⁴/30·L⁽⁵⁾, so that h can be large enough for the rounding of the logits, about 1e-7/h, not to matter.
 * At h = 1/16 and 1/128, where h must be small, the largest difference is 6e-5.
 *
 * @throws CoreError for a graph that does not fit together
 */
export function checkGradients(graph: Graph, options: GradientCheckOptions = {}): GradientCheck[] {
  const { h = 1 / 16 } = options;
  const run = prepare(graph, options);
  const analytic = run.gradients();
  return [...analytic].map(([name, gradient]) => {
    const values = run.values(name);
    let [error, largest] = [0, 0];
    gradient.forEach((slope, i) => {
      const value = values[i]!;
      const moved = (steps: number): number => {
        values[i] = value + steps * h;
        return run.loss();
      };
      const expected = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * h);
      values[i] = value;
      // Not Math.max of differences alone: NaN is the largest of all.
      const difference = Math.abs(slope - expected);
      if (!(difference <= error)) error = difference;
      largest = Math.max(largest, Math.abs(expected));
    });
    return { name, error: error === 0 ? 0 : error / largest, largest };
  });
}

/** A network on one batch, whose inputs and parameters can be changed. */
function prepare(
  graph: Graph,
  { samples = 4, seed = 1, shards = 3, losses, ghostBatch, place, ...given }: GradientCheckOptions,
) {
  const module = kernelModule('default');
  const sizes = { batch: samples, shards, workers: 1, stateVectors: 0, reductionBytes: 0 };
  const plan = planReplica(
    { graph, ...sizes, losses, ghostBatch, inputGradients: true },
    new Kernels(module, createMemory(0)),
  );
  const kernels = new Kernels(module, createMemory(plan.bytes));
  const executor = new Executor(kernels, plan, new SoloCollective(shards));
  const floats = (pointer: number, count: number) => kernels.f32.subarray(pointer / 4, pointer / 4 + count);
  const state = copied(given.state ?? initialState(plan.state, seed));
  const inputs = new Map(
    graph.inputs.map(({ name, shape }, position) => {
      const generator = new Generator({ seed, purpose: 'mixing', position });
      const size = elements(shape);
      const values = given.inputs?.[name]?.slice() ?? Float32Array.from({ length: samples * size }, () => generator.normal()); // biome-ignore format: one line
      return [name, { values, size }] as const;
    }),
  );
  const loss = (): number => {
    const [parameters, buffers] = [plan.parameters[0], plan.buffers[0]];
    writeState(plan.state, state, floats(parameters, plan.state.parameterFloats), floats(buffers, plan.state.bufferFloats)); // biome-ignore format: one line
    executor.beginBatch(samples, 0, place);
    for (const shard of executor.shards) {
      const { begin, end } = executor.batchPositions(shard);
      for (const { output, auxiliary, target, shape } of plan.losses.entries) {
        if (auxiliary) continue;
        const [from, to] = [begin * target.elements, end * target.elements];
        const usual = (_: unknown, i: number): number => (from + i) % (target.kind === 'classes' ? shape.at(-1)! : 2);
        const values = given.targets?.[output] ? Array.from(given.targets[output]).slice(from, to) : Array.from({ length: to - from }, usual); // biome-ignore format: one line
        (target.kind === 'classes' ? kernels.i32 : kernels.f32).set(values, executor.target(shard, output) / 4);
      }
      for (const [name, { values, size }] of inputs) {
        kernels.f32.set(values.subarray(begin * size, end * size), executor.tensor(shard, name) / 4);
      }
    }
    executor.forwardBackward();
    return executor.shards
      .flatMap((shard) => {
        const first = executor.results(shard).losses / 8;
        return [...kernels.f64.subarray(first, first + shard.images)];
      })
      .reduce((sum, value) => sum + value, 0);
  };
  return {
    loss,
    values: (name: string): Float32Array => inputs.get(name)?.values ?? state.get(name)!.data,
    gradients: (): Map<string, Float32Array> => {
      loss();
      const vector = floats(plan.gradients, plan.state.parameterFloats);
      const read = readState(plan.state, vector, new Float32Array(plan.state.bufferFloats));
      const ofInput = (name: string, size: number) =>
        Float32Array.from(
          executor.shards.flatMap((shard) => [...floats(executor.inputGradient(shard, name), shard.images * size)]),
        );
      return new Map([
        ...plan.state.parameters.map(({ name }) => [name, read.get(name)!.data] as const),
        ...[...inputs].map(([name, { size }]) => [name, ofInput(name, size)] as const),
      ]);
    },
  };
}

const copied = (state: StateDict): StateDict =>
  new Map([...state].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
