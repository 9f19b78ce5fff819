import { createMemory, Kernels, kernelBuilds, kernelModule } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { Executor } from './executor.ts';
import { GraphBuilder } from './graph/builder.ts';
import { elements, type Graph } from './graph/graph.ts';
import { batchNorm2d } from './layers/batch-norm2d.ts';
import { conv2d } from './layers/conv2d.ts';
import { globalAvgPool2d } from './layers/global-avg-pool2d.ts';
import { createModel } from './models/model.ts';
import { createOptimiser } from './optimisers/optimiser.ts';
import { SoloCollective } from './parallel/collective.ts';
import { planReplica, type ReplicaPlan } from './plan/replica-plan.ts';
import type { TensorPlace } from './plan/tensors.ts';
import { RecordingCollective } from './testing/collectives.ts';
import { batchFor, convolutions, plain, residual, sequence, wide, wideResidual } from './testing/graphs.ts';
import { Network, testState } from './testing/network.ts';
import { randomGraph } from './testing/random-graph.ts';
import { bitsOf } from './testing/values.ts';

/** Every number that a step leaves behind, as bits. */
function stepBits(network: Network): Map<string, Uint32Array> {
  const { graph, inputGradients } = network.plan.options;
  // In a random graph the loss may not depend on an input.
  const wanted = graph.inputs.filter(({ name }) => inputGradients && network.plan.tensors.gradients.has(name));
  const entries = [
    ...network.gradients(),
    ...network.nextBuffers(),
    ...graph.outputs.map((name) => [`output ${name}`, network.tensor(name)] as const),
    ...wanted.map(({ name }) => [`d${name}`, network.inputGradient(name)] as const),
    ['losses', new Float32Array(Float64Array.from(network.losses()).buffer)] as const,
  ];
  return new Map(entries.map(([name, values]) => [name, bitsOf(values)]));
}

describe('Executor: bits that do not depend on the plan', () => {
  it.each(kernelBuilds)('overwrites the poison in everything that a step must not depend on: %s', (build) => {
    const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 0.01, nesterov: false });
    for (const name of ['lenet5', 'small-cnn', 'mlp']) {
      const graph = createModel(name, { inputShape: [12, 16, 3], classes: 10 });
      const networks = [false, true].map((poisoned) => {
        const network = new Network({ graph, batch: 7, shards: 4, build, inputGradients: true, optimiser });
        network.load(testState(graph));
        for (let step = 0; step < 3; step++) {
          if (poisoned) network.poison();
          network.train(batchFor(graph, 7 - step, step));
          network.update(0.01);
        }
        if (poisoned) network.poison();
        network.train(batchFor(graph, 7));
        return network;
      });
      const [clean, poisoned] = networks.map((network) => [stepBits(network), network.state()]);
      expect(poisoned, name).toEqual(clean);
    }
  });

  /** The same plan with a place of its own for every tensor, activation or gradient, and an addition for every share of one. */
  function unshared(plan: ReplicaPlan): ReplicaPlan {
    let floats = 0;
    const place = (name: string): TensorPlace => {
      const offset = floats;
      const size = elements(plan.resolved.shapes.get(name)!) * plan.maxImages;
      floats += Math.ceil(size / 16) * 16;
      return { offset, isPassing: false };
    };
    const each = (names: Iterable<string>) => new Map(Array.from(names, (name) => [name, place(name)]));
    const activations = each(plan.tensors.activations.keys());
    const gradients = each(plan.tensors.gradients.keys());
    const shares = new Map(
      plan.resolved.nodes.map(({ name, inputNames }) => [
        name,
        plan.tensors.shares.get(name)!.map((share, i) => {
          const gradient = gradients.get(inputNames[i]!);
          if (!share || gradient === undefined) return undefined;
          return share.addTo === undefined && !share.adds
            ? { place: gradient, addTo: undefined, adds: false }
            : { place: place(inputNames[i]!), addTo: gradient, adds: false };
        }),
      ]),
    );
    const arenaBytes = floats * 4;
    const bytes = plan.bytes + (arenaBytes - plan.arenaBytes) * plan.maxOwnShards;
    return {
      ...plan,
      residuals: [],
      tensors: { activations, gradients, shares, passing: new Map(), floats, passingFloats: 0 },
      arenaBytes,
      bytes,
    };
  }

  it('computes in shared places what it computes where every tensor has its own, for random graphs', () => {
    let readMoreThanOnce = 0;
    let leadNowhere = 0;
    let passOn = 0;
    let normsAndAdds = 0;
    for (let seed = 0; seed < 120; seed++) {
      const graph = randomGraph(seed);
      // With few pixels in a shard all shards go through a convolution at once.
      const batch = seed % 4 === 0 ? 24 : 5;
      const options = { graph, batch, shards: 3, inputGradients: true };
      const [shared, separate] = [new Network(options), new Network({ ...options, replan: unshared })] as const;
      expect(shared.plan.arenaBytes, graph.name).toBeLessThanOrEqual(separate.plan.arenaBytes);
      for (const network of [shared, separate]) {
        network.load(testState(graph));
        network.poison();
        network.kernels.f32.fill(
          0,
          network.plan.gradients / 4,
          (network.plan.gradients + network.plan.gradientBytes) / 4,
        );
        network.train(batchFor(graph, batch));
      }
      expect(stepBits(shared), graph.name).toEqual(stepBits(separate));
      shared.evaluate(batchFor(graph, batch));
      separate.evaluate(batchFor(graph, batch));
      expect(shared.losses(), graph.name).toEqual(separate.losses());

      if (shared.plan.tensors.passing.size > 0) passOn++;
      if (shared.plan.residuals.length > 0) normsAndAdds++;
      const reads = graph.nodes.flatMap(({ inputs }) => inputs);
      if (new Set(reads).size < reads.length) readMoreThanOnce++;
      if (graph.nodes.some(({ name }) => !reads.includes(name) && !graph.outputs.includes(name))) leadNowhere++;
    }
    // The graphs are worth the test.
    expect(readMoreThanOnce).toBeGreaterThan(60);
    expect(leadNowhere).toBeGreaterThan(60);
    expect(passOn).toBeGreaterThan(5);
    expect(normsAndAdds).toBeGreaterThan(5);
  });

  it('adds behind normalisations, and to gradients, to the bits of additions apart', () => {
    const options = { graph: wideResidual(), batch: 9, shards: 3, inputGradients: true };
    const [together, apart] = [new Network(options), new Network({ ...options, replan: unshared })] as const;
    expect(together.plan.residuals.map(({ norm, activation }) => [norm.name, activation?.name])).toEqual([
      ['bn3', 'relu3'],
      ['bn4', undefined],
    ]);
    expect(together.plan.tensors.shares.get('conv2')![0]!.adds).toBe(true);
    for (const network of [together, apart]) {
      network.load(testState(options.graph));
      network.poison();
      network.train(batchFor(options.graph, 9));
    }
    expect(stepBits(together)).toEqual(stepBits(apart));
    for (const network of [together, apart]) network.evaluate(batchFor(options.graph, 9));
    expect(together.losses()).toEqual(apart.losses());
  });

  it.each([plain(), residual(), wide(), wideResidual(), convolutions(), sequence()])(
    'gives each sample the loss and the class that it has alone: $name',
    (graph) => {
      const batch = batchFor(graph, 11);
      const together = new Network({ graph, batch: 11, shards: 4 });
      together.load(testState(graph));
      together.evaluate(batch);
      const alone = new Network({ graph, batch: 1, shards: 1 });
      alone.load(testState(graph));
      const size = elements(graph.inputs[0]!.shape);
      const results = batch.labels.map((label, i) => {
        alone.evaluate({ inputs: { input: batch.inputs.input!.subarray(i * size, (i + 1) * size) }, labels: [label] });
        return { loss: alone.losses()[0], predicted: alone.predicted()[0] };
      });
      expect(together.losses()).toEqual(results.map(({ loss }) => loss));
      expect(together.predicted()).toEqual(results.map(({ predicted }) => predicted));
      expect(new Set(together.losses()).size).toBe(11);
    },
  );
});

describe('Executor: what a step leaves alone', () => {
  it('overwrites nothing of the current state, and leaves the gaps between tensors 0', () => {
    const graph = residual();
    const optimiser = createOptimiser({ name: 'sgd', momentum: 0.9, weightDecay: 0.1, nesterov: true });
    const network = new Network({ graph, batch: 8, shards: 4, optimiser });
    const { plan, kernels } = network;
    network.load(testState(graph));
    for (let step = 0; step < 3; step++) {
      const now = step % 2;
      const read = [
        [plan.parameters[now]!, plan.state.parameterFloats],
        [plan.buffers[now]!, plan.state.bufferFloats],
        [plan.optimiserState[now]!, plan.sliceFloats],
      ] as const;
      const bits = () => read.map(([pointer, floats]) => kernels.i32.slice(pointer / 4, pointer / 4 + floats));
      const before = bits();
      network.train(batchFor(graph, 8, step));
      network.update(0.1);
      expect(bits(), `step ${step}`).toEqual(before);
    }
    const isGap = new Array<boolean>(plan.state.parameterFloats).fill(true);
    for (const { offset, size } of plan.state.parameters) isGap.fill(false, offset, offset + size);
    const gaps = isGap.flatMap((gap, i) => (gap ? [i] : []));
    expect(gaps.length).toBeGreaterThan(0);
    for (const pointer of [...plan.parameters, ...plan.optimiserState, plan.gradients]) {
      expect(gaps.filter((i) => kernels.f32[pointer / 4 + i] !== 0)).toEqual([]);
    }
  });

  it('may be made anew over a memory in use', () => {
    const graph = createModel('small-cnn', { inputShape: [8, 8, 1], classes: 3 });
    const network = new Network({ graph, batch: 8, shards: 4 });
    network.load(testState(graph));
    network.train(batchFor(graph, 8));
    const bytes = () => Buffer.from(network.kernels.memory.buffer.slice(0));
    const before = bytes();
    const kernels = new Kernels(kernelModule('default'), network.kernels.memory);
    new Executor(kernels, network.plan, new SoloCollective(4));
    expect(Buffer.compare(before, bytes())).toBe(0);
  });
});

describe('Executor: outputs', () => {
  /** The classes, and beside them a branch with parameters and batch norm that the loss knows nothing of. */
  function withBranch(): Graph {
    const net = new GraphBuilder('branch', [6, 5, 2]);
    const { nodes, outputs } = residual();
    for (const { name, op, options, inputs } of nodes.slice(0, 3)) net.add(name, { op, options }, ...inputs);
    net.chain('relu1', [
      ['side', conv2d({ outChannels: 2, kernelSize: 1 })],
      ['sideBn', batchNorm2d()],
      ['sidePool', globalAvgPool2d()],
    ]);
    for (const { name, op, options, inputs } of nodes.slice(3)) net.add(name, { op, options }, ...inputs);
    return net.build(...outputs, 'sidePool');
  }

  it('takes the loss of the first; a branch that does not lead to it is computed, and its parameters have the gradient 0', () => {
    const [graph, whole] = [residual(), withBranch()];
    const collective = new RecordingCollective(4);
    const trunk = new Network({ graph, batch: 7, shards: 4 });
    const branched = new Network({ graph: whole, batch: 7, shards: 4, collective });
    collective.kernels = branched.kernels;
    const state = new Map([...testState(whole), ...testState(graph)]);
    trunk.load(testState(graph));
    branched.load(state);
    trunk.train(batchFor(graph, 7));
    branched.train(batchFor(graph, 7));
    const gradients = branched.gradients();
    for (const [name, values] of trunk.gradients()) expect(gradients.get(name), name).toEqual(values);
    for (const name of ['side.weight', 'side.bias', 'sideBn.weight', 'sideBn.bias']) {
      expect(
        gradients.get(name)!.every((value) => value === 0),
        name,
      ).toBe(true);
    }
    expect(branched.losses()).toEqual(trunk.losses());
    // The mean of what batch norm gives out, over the whole batch, is its bias.
    const side = branched.tensor('sidePool');
    const bias = state.get('sideBn.bias')!.data;
    for (const channel of [0, 1]) {
      const mean = side.filter((_, i) => i % 2 === channel).reduce((sum, value) => sum + value, 0) / 7;
      expect(mean).toBeCloseTo(bias[channel]!, 6);
    }
    const [first, second] = branched.plan.rows;
    expect(collective.meetings.map(({ pointer }) => pointer)).toEqual([first, second, first, second, first, second]);
  });

  it('keeps every output after the pass', () => {
    const graph = { ...plain(), outputs: ['fc', 'relu1'] };
    const network = new Network({ graph, batch: 5, shards: 2 });
    network.load(testState(graph));
    network.evaluate(batchFor(graph, 5));
    const [fc, maps] = [network.tensor('fc'), network.tensor('relu1')];
    network.poison();
    network.train(batchFor(graph, 5));
    expect(network.tensor('fc')).toEqual(fc);
    expect(network.tensor('relu1')).toEqual(maps);
    expect(maps.some((value) => value > 0) && maps.every((value) => value >= 0)).toBe(true);
  });
});

describe('Executor: errors', () => {
  const network = (options: { inputGradients?: boolean } = {}): Network =>
    new Network({ graph: plain(), batch: 8, shards: 4, ...options });

  it.each([0, 9, 2.5, -1, Number.NaN])('refuses a batch of %j', (samples) => {
    expect(() => network().executor.beginBatch(samples, 0)).toThrowError(
      expect.objectContaining({
        code: 'BATCH_INVALID',
        message: `expected a batch of 1 to 8 samples, got ${samples}`,
      }),
    );
  });

  it('refuses a pass without a batch', () => {
    const { executor } = network();
    const expected = expect.objectContaining({
      code: 'BATCH_INVALID',
      message: 'there is no batch yet: call beginBatch() first',
    });
    expect(() => executor.forwardBackward()).toThrowError(expected);
    expect(() => executor.evaluate()).toThrowError(expected);
  });

  it('refuses a label that is no class', () => {
    const run = network();
    run.load(testState(plain()));
    expect(() => run.train({ ...batchFor(plain(), 2), labels: [0, 3] })).toThrowError(
      expect.objectContaining({ code: 'KERNEL_ARGUMENT', message: expect.stringContaining('[0, 2], got 3') }),
    );
  });

  it('refuses tensors that there are not, and gradients that are not planned', () => {
    const { executor } = network();
    const shard = executor.shards[0]!;
    expect(() => executor.tensor(shard, 'conv9')).toThrowError(
      'there is no tensor "conv9"; there are input, conv1, relu1, pool1, flatten, fc',
    );
    expect(() => executor.inputGradient(shard, 'input')).toThrowError('it takes a plan with inputGradients: true');
    const looking = network({ inputGradients: true }).executor;
    expect(looking.inputGradient(looking.shards[0]!, 'input')).toBeGreaterThan(0);
    expect(() => looking.inputGradient(looking.shards[0]!, 'fc')).toThrowError(
      'there is no gradient with respect to "fc"',
    );
    expect(() => executor.target(shard, 'conv1')).toThrowError('there is no loss of "conv1"; there are losses of fc');
  });

  it('refuses a collective that the plan is not for', () => {
    for (const shards of [3, 5]) {
      const collective = new SoloCollective(shards);
      expect(() => new Network({ graph: plain(), batch: 8, shards: 4, collective })).toThrowError(
        expect.objectContaining({
          code: 'BATCH_INVALID',
          message: `the plan is for 1 workers and 4 shards, but the collective has 1 workers and ${shards} shards`,
        }),
      );
    }
    const one = {
      rank: 0,
      size: 2,
      shards: 4,
      gatherShardRows: () => {},
      copyShardRows: () => {},
    };
    expect(() => new Network({ graph: plain(), batch: 8, shards: 4, collective: one })).toThrowError('has 2 workers');
  });

  it('refuses a memory that is too small', () => {
    const module = kernelModule('default');
    const small = new Kernels(module, createMemory(0));
    const options = { graph: plain(), batch: 999, shards: 1, workers: 1, stateVectors: 1, reductionBytes: 0 };
    expect(() => new Executor(small, planReplica(options, small), new SoloCollective(1))).toThrowError(
      expect.objectContaining({ code: 'KERNEL_POINTER', message: expect.stringContaining('replica: expected') }),
    );
  });
});
