import { describe, expect, it } from 'vitest';
import { chooseAlgorithms } from './plan/algorithms.ts';
import { batchFor, normalised, plain, residual } from './testing/graphs.ts';
import { Network, type NetworkOptions, testState } from './testing/network.ts';
import { bitsOf } from './testing/values.ts';
import type { StepTimer } from './timing.ts';

const graph = residual();
const batch = batchFor(graph, 5);
const all = [...testState(graph).keys()].filter((name) => !name.includes('running'));
const but = (...kept: string[]) => all.filter((name) => !kept.some((start) => name.startsWith(start)));

/** A step, and which pieces of which layers' backward passes there were. */
function step(options: Partial<NetworkOptions>, warmUp = false) {
  const calls: string[] = [];
  const timer: StepTimer = (node, part, shard, run) => {
    if (part === 'backward' || part === 'packBackward') calls.push(`${node}${shard ? '' : ' (sums)'}`);
    run();
  };
  const network = new Network({ graph, batch: 5, shards: 2, timer, ...options });
  network.load(testState(options.graph ?? graph));
  network.poison();
  for (const { offset, size } of network.plan.state.parameters) {
    const from = network.plan.gradients / 4 + offset;
    network.kernels.f32.fill(0, from, from + size); // as it is before the first step
  }
  network.train({ ...batchFor(options.graph ?? graph, 5), place: { warmUp } });
  return { network, calls, layers: [...new Set(calls.map((call) => call.split(' ')[0]))] };
}

describe('frozen parameters', () => {
  it('have no backward pass below the lowest trained one', () => {
    expect(step({}).layers).toEqual(
      ['conv2', 'fc', 'pool', 'relu2', 'sum', 'bn2', 'bn1', 'conv1'].filter((name) => step({}).layers.includes(name)),
    );
    const { layers, calls, network } = step({ frozen: but('fc') });
    expect(layers).toEqual(['fc']);
    expect(calls).toEqual(['fc (sums)', 'fc (sums)']); // weight and bias
    const gradients = network.gradients();
    for (const name of but('fc'))
      expect(
        gradients.get(name)!.every((value) => value === 0),
        name,
      ).toBe(true);
    expect(gradients.get('fc.weight')!.some((value) => value !== 0)).toBe(true);
  });

  it('have no gradients of their own where others go through them', () => {
    const passes = ({ calls }: ReturnType<typeof step>) => calls.filter((call) => call.startsWith('conv2'));
    const whole = passes(step({}));
    const frozen = passes(step({ frozen: ['conv2.weight', 'conv2.bias'] }));
    // Of the weight, that of two shards, and their sum.
    expect(whole.length - frozen.length).toBe(4);
    const weightOnly = passes(step({ frozen: ['conv2.weight'] }));
    expect(whole.length - weightOnly.length).toBe(3);
  });

  it.each([
    ['without batch norm', plain()],
    ['with norms of samples', normalised()],
  ])('change no bit of the other gradients: %s', (_, other) => {
    const names = [...testState(other).keys()];
    const frozen = names.filter((_, i) => i % 3 === 1);
    const expected = step({ graph: other }).network.gradients();
    const got = step({ graph: other, frozen }).network.gradients();
    for (const name of names) {
      if (frozen.includes(name))
        expect(
          got.get(name)!.every((value) => value === 0),
          name,
        ).toBe(true);
      else expect(bitsOf(got.get(name)!), name).toEqual(bitsOf(expected.get(name)!));
    }
  });

  it('make a batch norm what it is in evaluation, with statistics that stay', () => {
    for (const ghostBatch of [undefined, 3]) {
      const { network } = step({ frozen: but('fc', 'conv'), ghostBatch });
      const losses = network.losses();
      const buffers = network.nextBuffers();
      for (const [name, data] of buffers) expect(data, name).toEqual(testState(graph).get(name)!.data);
      network.evaluate(batch);
      network.losses().forEach((loss, i) => {
        expect(loss).toBeCloseTo(losses[i]!, 4); // there it is in the weights of the convolution
      });
    }
  });

  it('in a warm-up are more, over the same memory', () => {
    const algorithms = chooseAlgorithms(graph, 'auto');
    const frozenInWarmUp = but('fc');
    const head = step({ frozen: but('fc'), algorithms });
    const warm = step({ frozenInWarmUp, algorithms }, true);
    expect(warm.layers).toEqual(['fc']);
    expect(bitsOf(warm.network.gradientVector())).toEqual(bitsOf(head.network.gradientVector()));
    const later = step({ frozenInWarmUp, algorithms }, false);
    expect(bitsOf(later.network.gradientVector())).toEqual(bitsOf(step({ algorithms }).network.gradientVector()));
  });

  it('refuse a name that is none, and a network with nothing to train', () => {
    expect(() => step({ frozen: ['conv9.weight'] })).toThrow('the network has no parameter "conv9.weight" to freeze');
    expect(() => step({ frozen: all })).toThrow('all parameters are frozen: there is nothing to train');
    expect(() => step({ frozen: but('fc'), frozenInWarmUp: ['fc.weight', 'fc.bias'] })).toThrow('nothing to train');
  });
});
