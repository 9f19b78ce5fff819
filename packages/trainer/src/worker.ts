/**
 * What runs in the pool's threads. A thread keeps nothing that matters: it can take a task of any replica at any step,
 * and makes the replica's kernels over its memory the first time.
 */
import { workerData } from 'node:worker_threads';
import { evaluateShards } from './evaluate-shards.ts';
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

/** The evaluation of the state before a step, for one replica. */
export interface EvaluateTask {
  readonly rank: number;
  readonly step: number;
}

const setup = workerData as WorkerSetup;
const control = new ControlBlock(setup.control);
const replicas = new Map<number, Replica>();

function replicaOf(rank: number): Replica {
  let replica = replicas.get(rank);
  if (!replica) {
    replica = createReplica(setup, rank);
    replicas.set(rank, replica);
  }
  return replica;
}

export function train({ rank, from, to }: TrainTask): Promise<ReplicaResult<void>> {
  return runReplicaTask(control, rank, () => {
    const replica = replicaOf(rank);
    for (let step = from; step < to; step++) {
      trainStep(replica, step);
      // Published at the step's last meeting: all workers stop after the same step.
      if (replica.control.stopPublished) return;
    }
  });
}

export function evaluate({ rank, step }: EvaluateTask): Promise<ReplicaResult<void>> {
  return runReplicaTask(control, rank, () => evaluateShards(replicaOf(rank), step));
}
