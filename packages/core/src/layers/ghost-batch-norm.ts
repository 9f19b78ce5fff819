import {
  add,
  batchNormApply,
  batchNormBackwardApply,
  batchNormBackwardSums,
  batchNormFinish,
  batchNormParameterGradient,
  batchNormRowBytes,
  batchNormStatistics,
} from '@lockstep/kernels';
import { CoreError } from '../errors.ts';
import { elements, shapeText } from '../graph/graph.ts';
import { type BatchNormMemory, type BatchNormOptions, tooFewValues, vectorFloats } from './batch-norm-memory.ts';
import type { GhostGroups, LayerContext, LayerProgram, Shard, Step } from './layer.ts';
import { vectorGradients } from './parameter-gradient.ts';

/** Some consecutive samples of a shard that are normalised together. */
interface Group {
  /** Its number in the shard. */
  readonly index: number;
  /** Of its first sample in the shard. */
  readonly first: number;
  readonly images: number;
}

/**
 * Ghost batch normalisation (Hoffer, Hubara and Soudry 2017, algorithm 1): each group of consecutive samples is normalised by its
 * own mean and variance, as if it were a batch. A group lies within a shard, so that no pass needs a meeting; and groups are cut
 * from the batch, so that they do not depend on the number of workers. The last group of a batch may be shorter.
 *
 * The running statistics go from group to group in the order of the batch, r ← (1 − momentum)·r + momentum·group: what
 * `torch.nn.BatchNorm2d` has after one group after the other. All workers make them from all groups' rows (mean and sum of squared
 * deviations, float64), which are copied once a step, after the meeting that the gradients need anyway.
 */
export function ghostBatchNorm(
  context: LayerContext<BatchNormOptions, BatchNormMemory>,
  { samples, maxGroups }: GhostGroups,
  channels: number,
): Pick<LayerProgram, 'forward' | 'backward' | 'afterMeeting'> {
  const { kernels, memory, output, ownShards, groupRows, x, y, dy } = context;
  const { eps, momentum } = context.options;
  const size = elements(output);
  const pixels = size / channels;
  const rowBytes = batchNormRowBytes(channels);
  const dx = context.dx[0];
  const activation = context.fused;
  const [spareMean, spareInverse] = memory.spare;

  const groupsOf = (images: number): Group[] =>
    Array.from({ length: Math.ceil(images / samples) }, (_, index) => ({
      index,
      first: index * samples,
      images: Math.min(samples, images - index * samples),
    }));
  const each = (run: (shard: Shard, group: Group) => void): Step => ({
    kind: 'each',
    run: (shard) => {
      for (const group of groupsOf(shard.images)) run(shard, group);
    },
  });
  /** Where what this worker keeps of a group is. */
  const kept = (shard: Shard, { index }: Group) => {
    const slot = (shard.index - ownShards[0]!.index) * maxGroups + index;
    const vector = slot * vectorFloats(channels) * 4;
    return { mean: memory.mean + vector, inverse: memory.inverse + vector, sums: memory.rows + slot * rowBytes };
  };
  const trained = () => ({
    weight: context.parameter('weight'),
    bias: context.parameter('bias'),
    scratch: memory.scratch,
  });

  const forward = (shard: Shard, group: Group): void => {
    const { mean, inverse } = kept(shard, group);
    const at = group.first * size * 4;
    const count = group.images * pixels;
    if (count < 2) {
      const what = `a ghost group of ${group.images}`;
      throw new CoreError(
        'BATCH_INVALID',
        tooFewValues(context.name, what, shapeText(output), 'use a size that leaves no such rest of a batch'),
      );
    }
    const row = groupRows(shard.index) + group.index * rowBytes;
    batchNormStatistics(kernels, x(shard) + at, count, channels, row, memory.scratch);
    // What it makes of the running statistics here goes nowhere: they are the next ones only after all groups before.
    batchNormFinish(kernels, row, count, channels, eps, momentum, {
      mean,
      inverse,
      runningMean: context.buffer('running_mean'),
      runningVariance: context.buffer('running_var'),
      nextMean: spareMean,
      nextVariance: spareInverse,
    });
    batchNormApply(kernels, x(shard) + at, y(shard) + at, count, channels, { mean, inverse, ...trained(), activation });
  };

  const backward = (shard: Shard, group: Group): void => {
    const { mean, inverse, sums } = kept(shard, group);
    const at = group.first * size * 4;
    const count = group.images * pixels;
    const [xAt, dyAt] = [x(shard) + at, dy(shard) + at];
    const { weight, bias, scratch } = trained();
    const open = activation && { inverse, weight, bias, activation };
    batchNormBackwardSums(kernels, xAt, dyAt, count, channels, mean, sums, scratch, open);
    if (!dx) return;
    batchNormBackwardApply(kernels, xAt, dyAt, dx(shard) + at, count, channels, {
      row: sums,
      count,
      mean,
      inverse,
      weight,
      scratch,
      fused: activation && { activation, bias },
    });
  };

  return {
    forward: [each(forward)],
    backward: [
      each(backward),
      ...vectorGradients(
        context,
        [
          { name: 'weight', length: channels, rows: memory.weightRows },
          { name: 'bias', length: channels, rows: memory.biasRows },
        ],
        (shard, [dweight, dbias]) => {
          for (const group of groupsOf(shard.images)) {
            const { inverse, sums } = kept(shard, group);
            batchNormParameterGradient(kernels, sums, channels, inverse, spareMean, spareInverse);
            add(kernels, dweight!, spareMean, channels);
            add(kernels, dbias!, spareInverse, channels);
          }
        },
      ),
    ],
    afterMeeting: () => {
      let running = context.buffer;
      for (let shard = 0; shard < context.shards; shard++) {
        for (const { index, images } of groupsOf(context.shardSamples(shard))) {
          batchNormFinish(kernels, groupRows(shard) + index * rowBytes, images * pixels, channels, eps, momentum, {
            mean: spareMean,
            inverse: spareInverse,
            runningMean: running('running_mean'),
            runningVariance: running('running_var'),
            nextMean: context.nextBuffer('running_mean'),
            nextVariance: context.nextBuffer('running_var'),
          });
          running = context.nextBuffer;
        }
      }
    },
  };
}
