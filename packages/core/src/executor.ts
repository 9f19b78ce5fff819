import { type Kernels, slackBytes } from '@lockstep/kernels';
import { CoreError } from './errors.ts';
import { Batch, type BatchPlace } from './execution/batch.ts';
import { layOutMicroBatches, type MicroBatch } from './execution/micro-batches.ts';
import { placeOf, pointerTo } from './execution/offsets.ts';
import { type Passes, passesOf } from './execution/passes.ts';
import type { Shard } from './layers/layer.ts';
import { type LossProgram, lossProgram } from './losses/program.ts';
import type { Collective } from './parallel/collective.ts';
import type { ReplicaPlan } from './plan/replica-plan.ts';
import type { StepTimer } from './timing.ts';

/**
 * Runs a network's forward and backward pass over one worker's shards of a batch, in one replica.
 *
 * 1. {@link beginBatch} says how many samples the batch has, and which of the two states is the current one.
 * 2. The caller writes the labels of each of {@link shards}, or, for other losses than of classes, their targets; and the inputs of
 *    those of the first micro-batch. By default there is no other: then 3 is done once.
 * 3. {@link forwardBackward} leaves the gradients' sums, one an owned subtree, and each sample's loss; or {@link evaluate} leaves
 *    the losses alone. Then the inputs of the next of {@link microBatches} are written, and it is its turn.
 * 4. After a meeting of all workers {@link updateStatistics} leaves the next running statistics.
 *
 * The loss is the plan's: by default the cross-entropy of the graph's first output. No memory of the replica is allocated in a
 * step, and nothing of the current state is overwritten.
 */
export class Executor {
  readonly plan: ReplicaPlan;
  /** This worker's shards of a batch, and of each micro-batch, which all have their tensors in the same memory. */
  readonly shards: readonly Shard[];
  readonly microBatches: readonly (readonly Shard[])[];
  readonly #kernels: Kernels;
  readonly #collective: Collective;
  readonly #compiled: readonly (MicroBatch & Passes)[];
  readonly #beforeTraining: (() => void) | undefined;
  /** Which of this worker's samples is a shard's first, where each shard has as much room as the largest needs. */
  readonly #firstSamples: ReadonlyMap<number, number>;
  readonly #batch: Batch;

  /**
   * Writes tables that the kernels read into the memory, always the same ones: it may be made anew over a memory in use.
   *
   * @param kernels over a memory of `plan.bytes`
   * @param timer runs each piece of a layer's work, to time it; without one nothing stands between the pieces
   * @throws CoreError `BATCH_INVALID` for a collective that the plan is not for
   * @throws KernelError `KERNEL_POINTER` for a memory that is too small
   */
  constructor(kernels: Kernels, plan: ReplicaPlan, collective: Collective, timer?: StepTimer) {
    checkFit(kernels, plan, collective);
    this.plan = plan;
    this.#kernels = kernels;
    this.#collective = collective;
    this.#batch = new Batch(plan.options);
    const microBatches = layOutMicroBatches(kernels, plan, collective);
    this.microBatches = microBatches.map(({ shards }) => shards);
    this.shards = this.microBatches.flat();
    this.#firstSamples = new Map(this.shards.map(({ index }, slot) => [index, slot * plan.maxImages]));
    const losses = this.#losses();
    this.#beforeTraining = losses.beforeTraining;
    this.#compiled = microBatches.map((microBatch) => ({
      ...microBatch,
      ...passesOf(kernels, plan, collective, this.#batch, microBatch, losses, timer),
    }));
  }

  /**
   * @param samples of the whole batch, over all workers
   * @param parity which of the two states is the current one; the other receives the next
   * @param place what the layers' random numbers are keyed by, in training
   * @throws CoreError `BATCH_INVALID`
   */
  beginBatch(samples: number, parity: 0 | 1, place: BatchPlace = {}): void {
    this.#batch.begin(samples, parity, place);
    for (const shard of this.shards) shard.images = this.#batch.shardSamples(shard.index);
  }

  /** The samples of a shard, as positions in the batch. */
  batchPositions({ index }: Shard): { begin: number; end: number } {
    return this.#batch.positions(index);
  }

  /**
   * Pointer to a tensor: a graph's input, or the output of a node, float32 [images][…shape]. Tensors share places: an input
   * may be overwritten after its last reader has run, so write it before every pass; the graph's outputs are there after
   * the pass, and any other tensor only while it lasts.
   *
   * @throws CoreError `GRAPH_INVALID` if there is none of that name
   */
  tensor(shard: Shard, name: string): number {
    return pointerTo(this.plan, placeOf(this.plan.tensors.activations, name), shard);
  }

  /**
   * Pointer to the gradient of the sum of the samples' losses with respect to an input of the graph, after
   * {@link forwardBackward}; float32 [images][…shape].
   *
   * @throws CoreError `GRAPH_INVALID` if the plan is not one with `inputGradients`, or the loss does not depend on the input
   */
  inputGradient(shard: Shard, name: string): number {
    const { graph, inputGradients } = this.plan.options;
    if (
      !inputGradients ||
      !graph.inputs.some((input) => input.name === name) ||
      !this.plan.tensors.gradients.has(name)
    ) {
      throw new CoreError(
        'GRAPH_INVALID',
        `there is no gradient with respect to "${name}": it takes a plan with inputGradients: true, and an input that the loss depends on`,
      );
    }
    return pointerTo(this.plan, placeOf(this.plan.tensors.gradients, name), shard);
  }

  /**
   * Pointers to what a shard's samples have an entry each of: int32 labels and predictions, float64 losses, float32
   * probabilities. Where the first output is a map, labels, predictions and probabilities have an entry a pixel. Losses that
   * don't tell classes apart leave these three alone.
   */
  results(shard: Shard): { labels: number; losses: number; predicted: number; probabilities: number } {
    const first = this.#firstSample(shard);
    const { labels, losses, predicted, probabilities, pixels } = this.plan.losses;
    return {
      labels: labels + first * pixels * 4,
      losses: losses + first * 8,
      predicted: predicted + first * pixels * 4,
      probabilities: probabilities + first * pixels * 4,
    };
  }

  /**
   * Pointer to what a loss compares an output with: int32 class indices, one a pixel, or float32 of the output's shape, as the
   * loss has it. Those of the first loss, if they are class indices, are the labels of {@link results}; an auxiliary loss has
   * those of the first.
   *
   * @throws CoreError `GRAPH_INVALID` if there is no loss of that output
   */
  target(shard: Shard, output: string): number {
    const { entries } = this.plan.losses;
    const entry = entries.find((loss) => loss.output === output);
    if (entry) return entry.targets + this.#firstSample(shard) * entry.target.elements * 4;
    throw new CoreError(
      'GRAPH_INVALID',
      `there is no loss of "${output}"; there are losses of ${entries.map((loss) => loss.output).join(', ')}`,
    );
  }

  /**
   * Forward, loss, backward: the gradients of the sum of the losses. A parameter that the loss does not depend on has the
   * gradient 0.
   *
   * @param microBatch each in turn; the first needs the targets of all
   * @throws CoreError `BATCH_INVALID` before the first {@link beginBatch}, or for a batch that a batch norm cannot take
   * @throws KernelError `KERNEL_ARGUMENT` for a label that is no class
   */
  forwardBackward(microBatch = 0): void {
    const compiled = this.#checkBegun(microBatch);
    const { range, subtrees, firstSubtree } = compiled;
    if (microBatch === 0) {
      this.#batch.begun = false;
      this.#beforeTraining?.();
    }
    if (this.#batch.samplesOf(range) === 0) {
      // A batch of few samples has none of this micro-batch's shards: there is nobody to meet, and nothing to compute.
      const { gradients, gradientBytes } = this.plan;
      const first = (gradients + firstSubtree * gradientBytes) / 4;
      this.#kernels.f32.fill(0, first, first + (subtrees.length * gradientBytes) / 4);
      return;
    }
    this.#run(this.#trainingOf(compiled).forwardBackward);
    this.#batch.begun = true;
  }

  /**
   * What is left of a step once all workers have met behind {@link forwardBackward}, as they do for the gradients: the running
   * statistics of ghost groups, which must be copied before the workers meet again. Without such groups nothing.
   */
  updateStatistics(): void {
    const { pointer, rowBytes } = this.plan.groupRows;
    if (rowBytes === 0) return;
    for (const { range } of this.#compiled) this.#collective.copyShardRows(pointer, rowBytes, range);
    for (const run of this.#trainingOf(this.#compiled[0]!).afterMeeting) run();
  }

  /**
   * Forward with the running statistics, and the losses.
   *
   * @throws CoreError `BATCH_INVALID` before the first {@link beginBatch}
   * @throws KernelError `KERNEL_ARGUMENT` for a label that is no class
   */
  evaluate(microBatch = 0): void {
    this.#run(this.#checkBegun(microBatch).evaluation);
  }

  #checkBegun(microBatch: number): MicroBatch & Passes {
    if (this.#batch.samples === 0)
      throw new CoreError('BATCH_INVALID', 'there is no batch yet: call beginBatch() first');
    const compiled = this.#compiled[microBatch];
    if (compiled) return compiled;
    throw new CoreError('BATCH_INVALID', `there is no micro-batch ${microBatch}: a batch has ${this.#compiled.length}`);
  }

  #trainingOf({ training, warmUp }: Passes): Passes['training'] {
    return (this.#batch.place.warmUp && warmUp) || training;
  }

  #run(runs: readonly (() => void)[]): void {
    for (const run of runs) {
      run();
      this.#collective.beat?.();
    }
  }

  #losses(): LossProgram {
    const { losses, tensors, options } = this.plan;
    return lossProgram({
      kernels: this.#kernels,
      plan: losses,
      shards: options.shards,
      ownShards: this.shards,
      firstSample: (shard) => this.#firstSample(shard),
      tensor: (shard, name) => this.tensor(shard, name),
      gradient: (shard, name) => pointerTo(this.plan, placeOf(tensors.gradients, name), shard),
      gather: (pointer, rowBytes) => {
        const [first, ...others] = this.#compiled;
        this.#collective.gatherShardRows(pointer, rowBytes, first!.range);
        for (const { range } of others) this.#collective.copyShardRows(pointer, rowBytes, range);
      },
      batchSamples: () => this.#batch.samples,
    });
  }

  #firstSample(shard: Shard): number {
    return this.#firstSamples.get(shard.index)!;
  }
}

function checkFit(kernels: Kernels, { options, parameters, bytes }: ReplicaPlan, collective: Collective): void {
  if (collective.shards !== options.shards || collective.size !== options.workers) {
    throw new CoreError(
      'BATCH_INVALID',
      `the plan is for ${options.workers} workers and ${options.shards} shards, but the collective has ${collective.size} workers and ` +
        `${collective.shards} shards`,
    );
  }
  kernels.check('replica', parameters[0], bytes - slackBytes - parameters[0], 1);
}
