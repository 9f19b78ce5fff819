/**
 * Parallel work in lockstep, for use without the rest of the trainer: a pool of threads that meet each other, the places
 * where they meet, and exchanges between their memories whose sums do not depend on the number of threads.
 *
 *     // main thread                                              // worker.ts
 *     const control = ControlBlock.create(4);                      const { control: data, memories } = workerData;
 *     const memories = [ … one shared memory a worker … ];         const control = new ControlBlock(data);
 *     const pool = new ReplicaPool({                               export const step = ({ rank, from }) =>
 *       control,                                                     runReplicaTask(control, rank, () => {
 *       filename: new URL('./worker.ts', import.meta.url),             const collective = new SharedCollective(
 *       workerData: { control: control.data, memories },                 { control, memories, rank, shards: 16 });
 *     });                                                              …
 *     await pool.run('step', (rank) =>                                 collective.meet(() => { control.commit = from + 1; });
 *       ({ rank, from: control.commit }));                           });
 */

export { Barrier, type BarrierOptions } from './barrier.ts';
export { ControlBlock, type ControlData, OUTSIDE } from './control-block.ts';
export { type ErrorCause, type ErrorRecord, fromErrorRecord, toErrorRecord } from './error-record.ts';
export {
  AbortedError,
  BarrierTimeoutError,
  ParallelArgumentError,
  ParallelError,
  PoolBusyError,
  PoolDestroyedError,
  PoolUnusableError,
  RunAbortedError,
} from './errors.ts';
export { reductionScratchBytes } from './reduction-scratch.ts';
export { ReplicaPool, type ReplicaPoolOptions, type ReplicaRunOptions } from './replica-pool.ts';
export { type ReplicaResult, runReplicaTask } from './replica-task.ts';
export {
  SharedCollective,
  type SharedCollectiveOptions,
  type SharedMemory,
  type VectorSpec,
} from './shared-collective.ts';
export { workerSlices } from './slices.ts';
export { type AddFloats, type ConsumeSum, type ReductionSpec, TreeReduction } from './tree-reduction.ts';
export { type FailureKind, WorkerError, type WorkerFailure } from './worker-error.ts';
