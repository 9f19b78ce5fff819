import type { Kernels } from '@lockstep/kernels';
import { CoreError } from '../errors.ts';
import type { Shard, Step } from '../layers/layer.ts';
import { combineInTree } from '../parallel/shards.ts';
import type { LossPlan, PlannedLoss } from '../plan/losses.ts';

/** What the losses run on. */
export interface LossContext {
  readonly kernels: Kernels;
  readonly plan: LossPlan;
  /** Logical shards of a batch, and those that are this worker's. */
  readonly shards: number;
  readonly ownShards: readonly Shard[];
  /** Which of this worker's samples is a shard's first. */
  firstSample(shard: Shard): number;
  /** Exchanges the rows of all shards: one meeting. */
  gather(pointer: number, rowBytes: number): void;
  tensor(shard: Shard, name: string): number;
  gradient(shard: Shard, name: string): number;
  /** Samples of the whole batch. */
  batchSamples(): number;
}

export interface LossProgram {
  readonly beforeTraining: (() => void) | undefined;
  readonly training: readonly Step[];
  readonly evaluation: readonly Step[];
}

/**
 * The steps that compare the outputs with their targets: each sample's loss, the weighted sum of all, and in training the
 * gradients. A sample's loss is scaled so that the sum over the batch, divided by its samples, is PyTorch's mean.
 *
 * `beforeTraining` is once a batch, when all its targets are there, before the first of its micro-batches.
 */
export function lossProgram(context: LossContext): LossProgram {
  const { kernels, plan } = context;
  for (const { weights, loss, options } of plan.entries) {
    if (weights !== 0) kernels.f32.set(loss.weights(options)!, weights / 4);
  }
  const counts = plan.entries.map(({ loss, shape }) => loss.count(shape));
  const divisors = [...counts];
  const step = (index: number, training: boolean): Step => ({
    kind: 'each',
    run: (shard) => runLoss(context, index, shard, training, (training ? divisors : counts)[index]!),
  });
  return {
    beforeTraining: divideByWeights(context, divisors),
    training: plan.entries.map((_, i) => step(i, true)),
    evaluation: plan.entries.flatMap(({ auxiliary }, i) => (auxiliary ? [] : [step(i, false)])),
  };
}

/** @param divisor what the sum over a sample's values is divided by */
function runLoss(context: LossContext, index: number, shard: Shard, training: boolean, divisor: number): void {
  const { kernels, plan } = context;
  const { loss, options, shape, output, weight, target, ...at } = plan.entries[index]!;
  const first = context.firstSample(shard);
  const losses = at.losses + first * 8;
  loss.run({
    kernels,
    options,
    shape,
    images: shard.images,
    training,
    x: context.tensor(shard, output),
    target: at.targets + first * target.elements * 4,
    weights: at.weights,
    scale: weight / divisor,
    gradient: training ? context.gradient(shard, output) : 0,
    losses,
    predicted: index === 0 ? plan.predicted + first * plan.pixels * 4 : 0,
    probabilities: plan.probabilities + first * plan.pixels * 4,
  });
  if (index === 0) return;
  const total = (plan.losses + first * 8) / 8;
  for (let i = 0; i < shard.images; i++) kernels.f64[total + i]! += kernels.f64[losses / 8 + i]!;
}

/**
 * Where a mean divides by the weights of the batch's targets: sums them for each shard, lets the workers exchange them, and sets
 * the divisors. One meeting a step, before whose next one the gradients are exchanged: so one place for the rows is enough.
 */
function divideByWeights(context: LossContext, divisors: number[]): (() => void) | undefined {
  const { kernels, plan, shards, ownShards } = context;
  const weighted = plan.entries.flatMap((entry, i) =>
    entry.loss.dividesByWeights(entry.options) ? [{ entry, i }] : [],
  );
  if (weighted.length === 0) return undefined;
  const row = plan.entries.length;
  return () => {
    for (const shard of ownShards) {
      for (const { entry, i } of weighted) {
        const first = context.firstSample(shard) * entry.target.elements;
        kernels.f64[plan.rows / 8 + shard.index * row + i] = weightOf(kernels, entry, first, shard.images);
      }
    }
    context.gather(plan.rows, row * 8);
    for (const { entry, i } of weighted) {
      const sums = Array.from({ length: shards }, (_, shard) => kernels.f64[plan.rows / 8 + shard * row + i]!);
      const sum = combineInTree(sums, (left, right) => left + right)!;
      if (sum === 0) {
        throw new CoreError(
          'BATCH_INVALID',
          `output "${entry.output}": all classes of this batch have the weight 0, which leaves nothing to take the mean of`,
        );
      }
      divisors[i] = sum / context.batchSamples();
    }
  };
}

/** What some samples' targets weigh; a label that is no class counts nothing here, and is refused by the loss. */
function weightOf(
  { f32, i32 }: Kernels,
  { targets, target, weights, shape }: PlannedLoss,
  first: number,
  images: number,
): number {
  let sum = 0;
  for (let i = 0; i < images * target.elements; i++) {
    const label = i32[targets / 4 + first + i]!;
    if (label >= 0 && label < shape.at(-1)!) sum += f32[weights / 4 + label]!;
  }
  return sum;
}
