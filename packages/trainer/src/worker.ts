/**
 * What runs in the pool's threads. A thread keeps nothing that matters: it can take a task of any replica at any step,
 * and makes the replica's kernels over its memory the first time.
 */
import { workerData } from 'node:worker_threads';
import type { EvaluatedSet } from './epoch-figures.ts';
import { TrainerError } from './errors.ts';
import { evaluateShards } from './evaluate-shards.ts';
import { importLayerFiles } from './layer-files.ts';
import { ControlBlock, type ReplicaResult, runReplicaTask } from './parallel/index.ts';
import { createReplica, type Replica } from './replica.ts';
import type { WorkerSetup } from './setup.ts';
import { trainStep } from './step.ts';

/** Steps [from, to) of training, for one replica. */
export interface TrainTask {
  readonly rank: number;
  readonly from: number;
  readonly to: number;
}

/** The evaluation of the state before a step on samples [begin, end) of a set, whole batches, for one replica. */
export interface EvaluateTask {
  readonly rank: number;
  readonly step: number;
  readonly on: EvaluatedSet;
  readonly begin: number;
  readonly end: number;
}

const setup = workerData as WorkerSetup;
const control = new ControlBlock(setup.control);
const replicas = new Map<number, Replica>();

async function replicaOf(rank: number): Promise<Replica> {
  let replica = replicas.get(rank);
  if (!replica) {
    await importLayerFiles(setup.recipe.graph, setup.layers, (message) => {
      // The others may have what it was.
      throw new TrainerError('TRAINER_LAYERS', message);
    });
    replica = createReplica(setup, rank);
    replicas.set(rank, replica);
  }
  return replica;
}

export function train({ rank, from, to }: TrainTask): Promise<ReplicaResult<void>> {
  return runReplicaTask(control, rank, async () => {
    const replica = await replicaOf(rank);
    for (let step = from; step < to; step++) {
      trainStep(replica, step);
      // Published at the step's last meeting: all workers stop after the same step.
      if (replica.control.stopPublished) return;
    }
  });
}

export function evaluate({ rank, step, on, ...samples }: EvaluateTask): Promise<ReplicaResult<void>> {
  return runReplicaTask(control, rank, async () => evaluateShards(await replicaOf(rank), step, samples, on));
}
