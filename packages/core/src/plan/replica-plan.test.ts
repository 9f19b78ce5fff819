import { createMemory, Kernels, kernelModule } from '@lockstep/kernels';
import { describe, expect, it } from 'vitest';
import { createModel } from '../models/model.ts';
import { ownedSubtrees, workerShards } from '../parallel/shards.ts';
import { parameterChunks } from './parameters.ts';
import { planReplica, type ReplicaOptions } from './replica-plan.ts';

const kernels = new Kernels(kernelModule('default'), createMemory(0));
const base: ReplicaOptions = {
  graph: createModel('small-cnn', { inputShape: [12, 12, 1], classes: 10 }),
  batch: 22,
  shards: 16,
  workers: 3,
  stateVectors: 1,
  reductionBytes: 1000,
};

describe('planReplica', () => {
  it('lays out regions that do not overlap, on cache lines, after the module and within its bytes', () => {
    for (const workers of [1, 2, 3, 5, 16]) {
      const plan = planReplica({ ...base, workers }, kernels);
      const samples = plan.maxImages * plan.maxOwnShards;
      const shards = Array.from({ length: workers }, (_, rank) => workerShards(rank, workers, 16));
      const subtrees = Math.max(...shards.map((owned) => ownedSubtrees({ begin: 0, end: 16 }, owned).length));
      const regions: [name: string, pointer: number, bytes: number][] = [
        ...([0, 1] as const).flatMap((i): [string, number, number][] => [
          ['parameters', plan.parameters[i], plan.state.parameterFloats * 4],
          ['buffers', plan.buffers[i], plan.state.bufferFloats * 4],
          ['optimiserState', plan.optimiserState[i], plan.sliceFloats * 4],
          ['rows', plan.rows[i], 16 * 64 * 16],
        ]),
        ['gradients', plan.gradients, plan.gradientBytes * subtrees],
        ['squareSums', plan.squareSums, parameterChunks(plan.state).length * 16],
        ['merges', plan.merges, 2 * 16 * 4],
        ['reduction', plan.reduction, 1000],
        ['labels', plan.losses.labels, samples * 4],
        ['losses', plan.losses.losses, samples * 8],
        ['predicted', plan.losses.predicted, samples * 4],
        ['probabilities', plan.losses.probabilities, samples * 4],
        ['arena', plan.arena, plan.arenaBytes * plan.maxOwnShards],
      ];
      let end = kernels.heapBase;
      for (const [name, pointer, bytes] of regions.sort((a, b) => a[1] - b[1])) {
        expect(pointer % 64, name).toBe(0);
        expect(pointer, `${name} of ${workers} workers`).toBeGreaterThanOrEqual(end);
        end = pointer + bytes;
      }
      expect(plan.bytes).toBeGreaterThan(end);
      expect(plan.maxImages).toBe(2);
      expect(plan.maxOwnShards).toBe(Math.ceil(16 / workers));
    }
  });

  it('is a pure function of its options: the same in every worker', () => {
    expect(planReplica(base, new Kernels(kernelModule('default'), createMemory(0)))).toEqual(
      planReplica(base, kernels),
    );
  });

  it.each([
    [{ batch: 0 }, 'expected batch to be a positive integer, got 0'],
    [{ batch: 2.5 }, 'expected batch to be a positive integer, got 2.5'],
    [{ shards: -1 }, 'expected shards to be a positive integer, got -1'],
    [{ workers: Number.NaN }, 'expected workers to be a positive integer, got NaN'],
    [{ stateVectors: -1 }, 'expected stateVectors to be a non-negative integer, got -1'],
    [{ reductionBytes: 0.5 }, 'expected reductionBytes to be a non-negative integer, got 0.5'],
    [
      { workers: 17 },
      'expected at most as many workers as shards, got 17 workers for 16 shards: use fewer workers, or more shards (more shards change the bits)',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => planReplica({ ...base, ...options }, kernels)).toThrowError(
      expect.objectContaining({ name: 'CoreError', code: 'BATCH_INVALID', message }),
    );
  });
});
