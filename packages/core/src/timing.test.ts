import { describe, expect, it } from 'vitest';
import { resolveGraph } from './graph/resolve.ts';
import { createModel } from './models/model.ts';
import { batchFor, residual } from './testing/graphs.ts';
import { Network, testState } from './testing/network.ts';
import type { StepTimer } from './timing.ts';

const graph = residual();

describe('a timer', () => {
  /** The gradients of a step, and what a timer was given in it. */
  function step(timed: boolean) {
    const calls: string[] = [];
    const timer: StepTimer = (node, part, shard, run) => {
      calls.push(`${part} ${node}${shard ? ` ${shard.index}` : ''}`);
      run();
    };
    const network = new Network({ graph, batch: 5, shards: 2, timer: timed ? timer : undefined });
    network.load(testState(graph));
    network.train(batchFor(graph, 5));
    const gradients = network.gradients();
    const trained = calls.splice(0);
    network.evaluate(batchFor(graph, 5));
    return { gradients, trained, evaluated: calls };
  }

  it('changes nothing', () => {
    expect(step(true).gradients).toEqual(step(false).gradients);
    expect(step(false).trained).toEqual([]);
  });

  it('is given every piece of work: weights first, then layer by layer for each shard, and the way back', () => {
    const { trained, evaluated } = step(true);
    const layers = graph.nodes.map(({ name }) => name);
    const named = (prefix: string) => trained.filter((call) => call.startsWith(`${prefix} `));
    const first = layers[0]!;
    expect(trained[0]).toBe(`packForward ${first}`);
    expect(named(`forward ${first}`)).toEqual([`forward ${first} 0`, `forward ${first} 1`]);
    expect(trained.findIndex((call) => call.startsWith('backward'))).toBeGreaterThan(
      trained.findLastIndex((call) => call.startsWith('forward')),
    );
    expect(evaluated.some((call) => call.startsWith('backward') || call.startsWith('packBackward'))).toBe(false);
    expect(evaluated).toContain(`forward ${first} 1`);
  });
});

describe('multiplyAdds', () => {
  const total = (name: string, size: number, channels: number, classes: number) =>
    resolveGraph(createModel(name, { inputShape: [size, size, channels], classes })).nodes.reduce(
      (sum, { layer, options, inputs }) => sum + (layer.multiplyAdds?.(options, inputs) ?? 0),
      0,
    );

  it('counts those of LeNet-5 as one does by hand', () => {
    const convolutions = 28 * 28 * 6 * 25 + 10 * 10 * 16 * 25 * 6;
    expect(total('lenet5', 28, 1, 10)).toBe(convolutions + 400 * 120 + 120 * 84 + 84 * 10);
  });

  it.each([
    ['resnet18', 1.81],
    ['resnet34', 3.66],
    ['mobilenet-v2', 0.3],
  ])("has the 10⁹ of torchvision's documentation for %s: %d", (name, billions) => {
    expect(Number((total(name, 224, 3, 1000) / 1e9).toFixed(2))).toBe(billions);
  });
});
