import { classificationLosses, createOptimiser, Executor, planReplica, SoloCollective } from '@lockstep/core';
import { createDataset, SampleLoader, sampleMixture } from '@lockstep/data';
import { createMemory, Kernels } from '@lockstep/kernels';
import { expect, it } from 'vitest';
import { loadPictures, loadTargets } from './load-shards.ts';
import type { Replica } from './replica.ts';
import { tinyDataset, tinyGraph, tinyKernels, tinyRecipe } from './testing/tiny-run.ts';

const train = tinyDataset(30, 1);
const shared = createDataset({
  ...train,
  targets: Array.from({ length: 90 }, (_, i) => [0.5, 0.25, 0.125][(i + Math.floor(i / 3)) % 3]!),
});
const order = Array.from({ length: 30 }, (_, i) => (7 * i) % 30);
const [samples, epoch] = [9, 2];

it.each([
  ['labels', train],
  ['shares', shared],
])('writes mixtures of the pictures and of their %s, as the whole batch gives them', (_, dataset) => {
  const mixing = { mixup: 0.5, cutmix: 1 };
  const graph = tinyGraph();
  const recipe = tinyRecipe({ graph, losses: classificationLosses(graph, { target: 'values' }), mixing });
  const options = { graph, batch: samples, shards: 4, workers: 1, reductionBytes: 0, losses: recipe.losses };
  const { stateVectors } = createOptimiser(recipe.optimiser);
  const plan = planReplica({ ...options, stateVectors }, new Kernels(tinyKernels.module, createMemory(0)));
  const kernels = new Kernels(tinyKernels.module, createMemory(plan.bytes));
  const executor = new Executor(kernels, plan, new SoloCollective(4));
  const { augment: transform, normalisation, seed } = recipe;
  const loader = new SampleLoader({ dataset, transform, normalisation, seed });
  const partner = new Float32Array(loader.sampleSize);
  const place = { seed, epoch, firstPosition: 5, samples };
  const mixtureAt = (position: number) => sampleMixture(mixing, place, position, dataset);
  executor.beginBatch(samples, 0, place);
  const replica = { kernels, executor, plan, partner, setup: { recipe } } as unknown as Replica;
  const batch = { loader, dataset, epoch, sampleAt: (position: number) => order[5 + position]!, mixtureAt };
  loadTargets(replica, batch);
  loadPictures(replica, executor.shards, batch);

  const picture = (position: number): Float32Array => {
    const out = new Float32Array(64);
    loader.load(order[5 + position]!, epoch, out, 0);
    return out;
  };
  const rowOf = (position: number): number[] => {
    const index = order[5 + position]!;
    return [0, 1, 2].map((c) => dataset.targets?.[3 * index + c] ?? Number(dataset.labels[index] === c));
  };
  for (const shard of executor.shards) {
    const { begin } = executor.batchPositions(shard);
    for (let i = 0; i < shard.images; i++) {
      const { partner: other, share, box } = mixtureAt(begin + i)!;
      const [own, others] = [picture(begin + i), picture(other)];
      const mixed = own.map((value, at) => {
        const [y, x] = [at >> 3, at & 7];
        if (!box) return share * value + (1 - share) * others[at]!;
        return y >= box.top && y < box.bottom && x >= box.left && x < box.right ? others[at]! : value;
      });
      const input = executor.tensor(shard, 'input') / 4 + i * 64;
      expect([...kernels.f32.subarray(input, input + 64)]).toEqual([...mixed]);
      const row = executor.target(shard, 'fc') / 4 + i * 3;
      const [a, b] = [rowOf(begin + i), rowOf(other)];
      [0, 1, 2].forEach((c) => {
        expect(kernels.f32[row + c]).toBeCloseTo(share * a[c]! + (1 - share) * b[c]!, 6);
      });
      const label = kernels.i32[executor.results(shard).labels / 4 + i];
      expect(label).toBe(dataset.labels[order[5 + (share < 0.5 ? other : begin + i)]!]);
    }
  }
});
