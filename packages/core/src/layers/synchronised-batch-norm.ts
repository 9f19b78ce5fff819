import {
  batchNormApply,
  batchNormBackwardApply,
  batchNormBackwardSums,
  batchNormCombine,
  batchNormFinish,
  batchNormParameterGradient,
  batchNormResidualApply,
  batchNormResidualSums,
  batchNormRowBytes,
  batchNormStatistics,
  treeSumDouble,
} from '@lockstep/kernels';
import { CoreError } from '../errors.ts';
import { elements, shapeText } from '../graph/graph.ts';
import { type BatchNormMemory, type BatchNormOptions, tooFewValues } from './batch-norm-memory.ts';
import type { LayerContext, LayerProgram, Shard, Step } from './layer.ts';
import { vectorGradients } from './parameter-gradient.ts';

/**
 * Batch normalisation over the *whole* batch (or micro-batch), whoever computes its shards. The workers meet once in each pass, to exchange a row
 * of statistics a shard (mean and sum of squared deviations forward, two sums backward, all float64), which each of them combines
 * in the order of the tree. Where it does the addition of a residual connection behind it, all but the statistics is in the place of
 * that one.
 */
export function synchronisedBatchNorm(
  context: LayerContext<BatchNormOptions, BatchNormMemory>,
  channels: number,
): Pick<LayerProgram, 'forward' | 'backward' | 'again' | 'withResidual'> {
  const { kernels, memory, output, range, treeMerges, forwardRows, backwardRows, residual, x, y, dy } = context;
  const { eps, momentum } = context.options;
  const activation = context.fused;
  const pixels = elements(output) / channels;
  const rowBytes = batchNormRowBytes(channels);
  const shards = range.end - range.begin;
  const dx = context.dx[0];
  const vectors = () => ({
    inverse: memory.inverse,
    weight: context.parameter('weight'),
    bias: context.parameter('bias'),
    scratch: memory.scratch,
  });
  // Others may still be copying this worker's own rows: they are only read.
  const ownRows = range.begin * rowBytes;
  const apply = (shard: Shard): void => {
    const count = shard.images * pixels;
    const at = { mean: memory.mean, ...vectors() };
    if (residual) {
      const plus = { ...at, activation: residual.activation };
      batchNormResidualApply(kernels, x(shard), residual.x(shard), y(shard), count, channels, plus);
    } else batchNormApply(kernels, x(shard), y(shard), count, channels, { ...at, activation });
  };
  const sums = (shard: Shard): void => {
    const count = shard.images * pixels;
    const row = backwardRows + shard.index * rowBytes;
    const { mean, scratch } = memory;
    if (residual?.activation) {
      batchNormResidualSums(kernels, x(shard), y(shard), dy(shard), count, channels, row, { mean, scratch });
    } else {
      const open = activation && { ...vectors(), activation };
      batchNormBackwardSums(kernels, x(shard), dy(shard), count, channels, mean, row, scratch, open);
    }
    // Last: it may lie where the ReLU's output was, of this shard.
    if (residual?.dx) {
      const from = dy(shard) / 4;
      kernels.f32.copyWithin(residual.dx(shard) / 4, from, from + count * channels);
    }
  };
  const passes = {
    /** Until all workers know what to apply. */
    forward: [
      {
        kind: 'each',
        run: (shard) =>
          batchNormStatistics(
            kernels,
            x(shard),
            shard.images * pixels,
            channels,
            forwardRows + shard.index * rowBytes,
            memory.scratch,
          ),
      },
      { kind: 'gather', pointer: forwardRows, rowBytes },
      {
        kind: 'once',
        run: () => {
          const count = context.batchSamples() * pixels;
          if (count < 2) {
            throw new CoreError(
              'BATCH_INVALID',
              tooFewValues(
                context.name,
                `a batch of ${context.batchSamples()}`,
                shapeText(output),
                'use a larger batch',
              ),
            );
          }
          for (let s = 0; s < shards; s++)
            kernels.f64[memory.counts / 8 + s] = context.shardSamples(range.begin + s) * pixels;
          batchNormCombine(kernels, forwardRows + ownRows, memory.counts, shards, channels, treeMerges, memory.rows);
          batchNormFinish(kernels, memory.rows, count, channels, eps, momentum, {
            mean: memory.mean,
            inverse: memory.inverse,
            runningMean: context.bufferBefore('running_mean'),
            runningVariance: context.bufferBefore('running_var'),
            nextMean: context.nextBuffer('running_mean'),
            nextVariance: context.nextBuffer('running_var'),
          });
        },
      },
    ],
    backward: [
      { kind: 'each', run: sums },
      ...vectorGradients(
        context,
        [
          { name: 'weight', length: channels, rows: memory.weightRows },
          { name: 'bias', length: channels, rows: memory.biasRows },
        ],
        (shard, [dweight, dbias]) =>
          batchNormParameterGradient(
            kernels,
            backwardRows + shard.index * rowBytes,
            channels,
            memory.inverse,
            dweight!,
            dbias!,
          ),
      ),
      // Even where no gradient goes on: each exchange must have its meeting, since two places for rows are used in turn.
      { kind: 'gather', pointer: backwardRows, rowBytes },
      ...(dx
        ? [
            {
              kind: 'once' as const,
              run: () => treeSumDouble(kernels, backwardRows + ownRows, shards, 2 * channels, treeMerges, memory.rows),
            },
            {
              kind: 'each' as const,
              run: (shard: Shard) =>
                batchNormBackwardApply(kernels, x(shard), dy(shard), dx(shard), shard.images * pixels, channels, {
                  row: memory.rows,
                  count: context.batchSamples() * pixels,
                  mean: memory.mean,
                  inverse: memory.inverse,
                  weight: context.parameter('weight'),
                  scratch: memory.scratch,
                  fused: activation && { activation, bias: context.parameter('bias') },
                }),
            },
          ]
        : []),
    ],
  } satisfies { forward: Step[]; backward: Step[] };
  const applied: Step = { kind: 'each', run: apply };
  return residual
    ? { forward: passes.forward, backward: [], withResidual: { forward: [applied], backward: passes.backward } }
    : { forward: [...passes.forward, applied], backward: passes.backward, again: apply };
}
