import {
  batchNormApply,
  batchNormBackwardApply,
  batchNormBackwardSums,
  batchNormCombine,
  batchNormFinish,
  batchNormParameterGradient,
  batchNormRowBytes,
  batchNormStatistics,
  treeSumDouble,
} from '@lockstep/kernels';
import { CoreError } from '../errors.ts';
import { elements, shapeText } from '../graph/graph.ts';
import { type BatchNormMemory, type BatchNormOptions, tooFewValues } from './batch-norm-memory.ts';
import type { LayerContext, LayerProgram, Shard } from './layer.ts';
import { vectorGradients } from './parameter-gradient.ts';

/**
 * Batch normalisation over the *whole* batch (or micro-batch), whoever computes its shards. The workers meet once in each pass, to exchange a row
 * of statistics a shard (mean and sum of squared deviations forward, two sums backward, all float64), which each of them combines
 * in the order of the tree.
 */
export function synchronisedBatchNorm(
  context: LayerContext<BatchNormOptions, BatchNormMemory>,
  channels: number,
): Pick<LayerProgram, 'forward' | 'backward' | 'again'> {
  const { kernels, memory, output, range, treeMerges, forwardRows, backwardRows, x, y, dy } = context;
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
  // Others may still be copying this worker's own rows: they are combined in a copy.
  const copyRows = (rows: number) =>
    kernels.f64.copyWithin(memory.rows / 8, (rows + range.begin * rowBytes) / 8, (rows + range.end * rowBytes) / 8);
  const apply = (shard: Shard): void =>
    batchNormApply(kernels, x(shard), y(shard), shard.images * pixels, channels, {
      mean: memory.mean,
      ...vectors(),
      activation,
    });
  return {
    again: apply,
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
          copyRows(forwardRows);
          for (let s = 0; s < shards; s++)
            kernels.f64[memory.counts / 8 + s] = context.shardSamples(range.begin + s) * pixels;
          batchNormCombine(kernels, memory.rows, memory.counts, shards, channels, treeMerges);
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
      { kind: 'each', run: apply },
    ],
    backward: [
      {
        kind: 'each',
        run: (shard) =>
          batchNormBackwardSums(
            kernels,
            x(shard),
            dy(shard),
            shard.images * pixels,
            channels,
            memory.mean,
            backwardRows + shard.index * rowBytes,
            memory.scratch,
            activation && { ...vectors(), activation },
          ),
      },
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
              run: () => {
                copyRows(backwardRows);
                treeSumDouble(kernels, memory.rows, shards, 2 * channels, treeMerges);
              },
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
  };
}
