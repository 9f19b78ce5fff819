import { sampleMixture } from '@lockstep/data';
import { orderOfEpoch } from './epoch-order.ts';
import { TrainerError } from './errors.ts';
import { faultPoint } from './faults.ts';
import { type BatchSamples, loadPictures, loadTargets } from './load-shards.ts';
import type { Replica } from './replica.ts';
import { loadMsStride, maxTaskSteps, stepSamples, stepsPerEpoch } from './setup.ts';
import { warmUpSteps } from './transfer.ts';
import { sumSquares, updateSlice } from './update.ts';

/**
 * One step of training, as one worker takes it; the others take it at the same time.
 *
 * A step reads the state of parity `step & 1` and writes the other one, so that until the commit nothing that it read has
 * changed, and it can be taken again. What other workers wrote is only read after a meeting.
 */
export function trainStep(replica: Replica, step: number): void {
  const { setup, collective, control, executor, rank } = replica;
  const { fault } = setup;
  computeGradients(replica, step);
  faultPoint(fault, rank, step, 'gradients');
  collective.meet(); // all gradients are there, and the statistics of ghost groups
  executor.updateStatistics();

  if (replica.norms) {
    sumSquares(replica, (step & 1) as 0 | 1);
    faultPoint(fault, rank, step, 'norms');
    collective.meet(); // the sums of squares of all gradients are there
  }
  updateSlice(replica, step);
  faultPoint(fault, rank, step, 'update');
  collective.meet(() => {
    // By the last to arrive, before anybody leaves: from here on the step has been taken.
    control.commit = step + 1;
    control.publishStop();
  });
  faultPoint(fault, rank, step, 'commit');
}

/** The gradients' sums over this worker's shards of the batch, and the losses. */
export function computeGradients(replica: Replica, step: number): void {
  const { setup, executor, rank } = replica;
  const { recipe, train, fault } = setup;
  const parity = (step & 1) as 0 | 1;
  const epochSteps = stepsPerEpoch(train.length, recipe.batch);
  const epoch = Math.floor(step / epochSteps);
  const begin = (step % epochSteps) * recipe.batch;
  const samples = stepSamples(train.length, recipe.batch, step);

  gatherParameters(replica, parity);
  const place = { seed: recipe.seed, epoch, firstPosition: begin, warmUp: step < warmUpSteps(recipe, epochSteps) };
  executor.beginBatch(samples, parity, place);
  const order = orderOfEpoch(recipe, train, epoch);
  const { mixing } = recipe;
  const batch: BatchSamples = {
    loader: replica.trainLoader,
    dataset: train,
    epoch,
    sampleAt: (position) => order[begin + position]!,
    mixtureAt:
      mixing && ((position) => sampleMixture(mixing, { ...place, samples }, position, replica.trainLoader.shape)),
  };
  const timed = (load: () => void): void => {
    const start = performance.now();
    load();
    setup.loadMs[rank * loadMsStride]! += performance.now() - start;
  };
  timed(() => loadTargets(replica, batch));
  executor.microBatches.forEach((shards, microBatch) => {
    timed(() => loadPictures(replica, shards, batch));
    faultPoint(fault, rank, step, 'batch');
    executor.forwardBackward(microBatch); // meets the others once a batch norm and direction
  });
  recordSums(replica, step, begin);
}

/** Copies what the others updated in the step before: each worker has only its own slice of the new parameters. */
export function gatherParameters({ collective, plan, slices }: Replica, parity: 0 | 1): void {
  collective.allGather(plan.parameters[parity], slices);
}

/** Each shard's loss and number of right answers, for the main thread, which adds them in the order of the tree. */
function recordSums({ executor, kernels, setup }: Replica, step: number, firstPosition: number): void {
  const { stepSums, recipe } = setup;
  for (const shard of executor.shards) {
    const at = executor.results(shard);
    let loss = 0;
    let correct = 0;
    for (let i = 0; i < shard.images; i++) {
      loss += kernels.f64[at.losses / 8 + i]!;
      if (kernels.i32[at.predicted / 4 + i] === kernels.i32[at.labels / 4 + i]) correct++;
    }
    if (!Number.isFinite(loss)) {
      const from = firstPosition + executor.batchPositions(shard).begin;
      throw new TrainerError(
        'TRAINER_NOT_FINITE',
        `step ${step}: the loss of samples ${from} to ${from + shard.images - 1} of the epoch is ${loss}: the training has diverged. ` +
          'Use a lower learning rate, a longer warm-up, or check the data',
      );
    }
    const to = ((step % maxTaskSteps) * recipe.shards + shard.index) * 2;
    stepSums[to] = loss;
    stepSums[to + 1] = correct;
  }
}
