import { createModel, resolveGraph, stateLayout } from '@lockstep/core';
import { describe, expect, it } from 'vitest';
import { benchLayers } from './layers.ts';
import { benchStep } from './step.ts';

describe('benchStep', () => {
  it('trains on noise with some workers, and says how fast and in how much memory', async () => {
    const result = await benchStep({
      model: 'lenet5',
      size: 20,
      batch: 6,
      workers: 2,
      seconds: 0.02,
      kernels: 'strict',
    });
    expect(result).toMatchObject({
      model: 'lenet5',
      size: 20,
      channels: 3,
      classes: 10,
      batch: 6,
      shards: 4,
      workers: 2,
      kernels: 'strict',
    });
    expect(result.imagesPerSecond).toBeGreaterThan(0);
    // Units: the process cannot have less than its replicas, nor a thousand times what the machine has.
    expect(result.peakMemoryBytes).toBeGreaterThan(Math.max(result.replicaBytes, 2 ** 25));
    expect(result.peakMemoryBytes).toBeLessThan(2 ** 36);
  });

  it('says where the time of a step goes, and how much the workers read of each other', async () => {
    const options = { model: 'lenet5', size: 20, channels: 1, batch: 8, shards: 4, seconds: 0.02, times: true };
    const [{ times: alone }, { times }] = [
      await benchStep({ ...options, workers: 1 }),
      await benchStep({ ...options, workers: 2 }),
    ];
    // No batch norm, so that only the gradients and the commit are meetings; alone a worker meets itself.
    expect(alone).toMatchObject({ meetings: 2, imbalanceMs: 0, readBytes: 0 });
    expect(times!.meetings).toBe(2);
    // Half of the other's partial, and the half of the parameters that the other has updated.
    const { parameterFloats } = stateLayout(
      resolveGraph(createModel('lenet5', { inputShape: [20, 20, 1], classes: 10 })),
    );
    expect(times!.readBytes).toBe(4 * parameterFloats);
    const { stepMs, computeMs, imbalanceMs, barrierMs, reductionMs, copyMs } = times!;
    expect(computeMs + imbalanceMs + barrierMs + reductionMs + copyMs).toBeCloseTo(stepMs, 9);
    for (const time of [computeMs, barrierMs, reductionMs, copyMs]) expect(time).toBeGreaterThan(0);
  });

  it('refuses a model that there is not', async () => {
    await expect(benchStep({ model: 'resnet1' })).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
  });
});

describe('benchLayers', async () => {
  const result = await benchLayers({ model: 'small-cnn', size: 8, channels: 2, batch: 8, shards: 4, seconds: 0.01 });
  const layer = (name: string) => result.layers.find((candidate) => candidate.name === name)!;

  it('has every layer in order, with what it computes', () => {
    expect(result.layers.map(({ name }) => name).join(' ')).toBe(
      'conv1 bn1 relu1 pool1 conv2 bn2 relu2 pool2 conv3 bn3 relu3 flatten fc',
    );
    expect(layer('conv1')).toMatchObject({ op: 'conv2d', output: [8, 8, 16], multiplyAdds: 8 * 8 * 16 * 9 * 2 });
    expect(layer('conv1').algorithms).toEqual({ forward: 'direct', inputGradient: 'direct', weightGradient: 'direct' });
    expect(layer('bn1').algorithms).toBeUndefined();
    expect(layer('fc').multiplyAdds).toBe(2 * 2 * 64 * 10);
  });

  it('counts operations in the time that they took: twice as many backward, once in the first layer', () => {
    for (const [name, times] of [
      ['conv1', 1],
      ['conv3', 2],
    ] as const) {
      const { multiplyAdds, forward, backward } = layer(name);
      const operations = 2 * multiplyAdds * 8;
      expect(forward!.gigaflops * forward!.milliseconds * 1e6).toBeCloseTo(operations, 0);
      expect(backward!.gigaflops * backward!.milliseconds * 1e6).toBeCloseTo(operations * times, 0);
      expect(forward!.shareOfPeak).toBe(forward!.gigaflops / result.peak);
    }
    expect(layer('bn1').forward).toMatchObject({ gigaflops: 0 });
    expect(layer('relu1')).toMatchObject({ forward: undefined, backward: undefined }); // bn1 does it
  });

  it('writes a trace in which nothing overlaps and everything lies within the pass', () => {
    const { traceEvents } = JSON.parse(result.trace) as { traceEvents: Record<string, unknown>[] };
    const spans = traceEvents.filter(({ ph }) => ph === 'X') as {
      name: string;
      cat: string;
      ts: number;
      dur: number;
    }[];
    expect(spans[0]).toMatchObject({ name: 'conv1', cat: 'packForward', ts: 0, pid: 1, tid: 1 });
    expect(spans.at(-1)).toMatchObject({ name: 'conv1', cat: 'backward' });
    expect(spans.filter(({ name, cat }) => name === 'pool1' && cat === 'forward')).toHaveLength(4); // a shard each
    const gaps = spans.slice(1).map(({ ts }, i) => ts - spans[i]!.ts - spans[i]!.dur);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(-0.002); // times are rounded to nanoseconds
    expect(spans.every(({ dur }) => dur >= 0)).toBe(true);
  });
});
