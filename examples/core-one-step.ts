/**
 * Trains a small network with nothing but @lockstep/core and its kernels: no threads, no data set, no files.
 *
 *     node examples/core-one-step.ts
 */
import {
  conv2d,
  createOptimiser,
  Executor,
  flatten,
  initialState,
  linear,
  maxPool2d,
  planReplica,
  relu,
  SoloCollective,
  sequential,
  writeState,
} from '@lockstep/core';
import { createMemory, Kernels, kernelModule } from '@lockstep/kernels';

const graph = sequential('stripes', [8, 8, 1], [
  ['conv', conv2d({ outChannels: 4, kernelSize: 3 })],
  ['relu', relu()],
  ['pool', maxPool2d({ kernelSize: 2 })],
  ['flatten', flatten()],
  ['fc', linear({ outFeatures: 2 })],
]); // biome-ignore format: a layer a line

// A plan says where everything is in one memory; nothing is allocated after this. Four shards: what is summed over the
// batch is summed a shard, then in a fixed tree, as four workers with a shard each would do it, to the same bits.
const [batch, shards] = [16, 4];
const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 0, nesterov: false });
const { stateVectors } = optimiser;
const module = kernelModule('default');
const plan = planReplica(
  { graph, batch, shards, workers: 1, stateVectors, reductionBytes: 0 },
  new Kernels(module, createMemory(0)),
);
const kernels = new Kernels(module, createMemory(plan.bytes));
const executor = new Executor(kernels, plan, new SoloCollective(shards));

const view = (pointer: number, floats: number) => kernels.f32.subarray(pointer / 4, pointer / 4 + floats);
writeState(
  plan.state,
  initialState(plan.state, 1),
  view(plan.parameters[0], plan.state.parameterFloats),
  view(plan.buffers[0], plan.state.bufferFloats),
);

/** Takes one step, and gives the mean loss before it. Sample i has a stripe in row or column i/2. */
export function trainStep(step: number): number {
  const now = (step % 2) as 0 | 1; // a step reads one state and writes the other
  const next = now === 0 ? 1 : 0;
  executor.beginBatch(batch, now);
  for (const shard of executor.shards) {
    const { begin, end } = executor.batchPositions(shard);
    const labels = executor.results(shard).labels / 4;
    for (let sample = begin; sample < end; sample++) {
      const image = view(executor.tensor(shard, 'input') + (sample - begin) * 64 * 4, 64).fill(0);
      for (let i = 0; i < 8; i++) image[sample % 2 === 0 ? (sample >> 1) * 8 + i : i * 8 + (sample >> 1)] = 1;
      kernels.i32[labels + sample - begin] = sample % 2;
    }
  }
  executor.forwardBackward();

  optimiser.update(kernels, {
    parameters: plan.parameters[now],
    nextParameters: plan.parameters[next],
    gradient: plan.gradients,
    state: [plan.optimiserState[now]],
    nextState: [plan.optimiserState[next]],
    length: plan.state.parameterFloats,
    samples: batch,
    learningRate: 0.1,
    step,
  });

  let loss = 0;
  for (const shard of executor.shards) {
    const { losses } = executor.results(shard);
    for (let i = 0; i < shard.images; i++) loss += kernels.f64[losses / 8 + i]!;
  }
  return loss / batch;
}

if (import.meta.main) {
  for (let step = 0; step < 40; step++) {
    const loss = trainStep(step);
    if (step % 10 === 9) console.log(`step ${step + 1}: loss ${loss.toFixed(4)}`);
  }
}
