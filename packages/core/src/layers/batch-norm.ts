import {
  batchNormApply,
  batchNormBackwardApply,
  batchNormBackwardSums,
  batchNormCombine,
  batchNormFinish,
  batchNormInverse,
  batchNormParameterGradient,
  batchNormRowBytes,
  batchNormScratchFloats,
  batchNormStatistics,
  treeSumDouble,
} from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import { elements, type Shape, shapeText } from '../graph/graph.ts';
import { type Layer, plain } from './layer.ts';
import { normParameters } from './normalisation.ts';
import { allocateRows, vectorGradients } from './parameter-gradient.ts';

/** Options of both, as those of `torch.nn.BatchNorm2d`. */
export const batchNormOptions = z.strictObject({
  eps: z.number().positive().default(1e-5),
  momentum: z.number().min(0).max(1).default(0.1),
});
type Options = z.output<typeof batchNormOptions>;

/** Memory of {@link batchNormLayer}. */
export interface BatchNormMemory {
  readonly mean: number;
  readonly inverse: number;
  readonly counts: number;
  readonly combined: number;
  readonly scratch: number;
  readonly weightRows: number;
  readonly biasRows: number;
}

/**
 * Batch normalisation over the *whole* batch, whoever computes its shards: y = (x − mean)/√(variance + eps)·weight + bias
 * for each channel (Ioffe and Szegedy 2015), with the batch's biased variance; the running variance takes the unbiased
 * one, as in PyTorch. In evaluation the running statistics take the batch's place.
 *
 * The workers meet once in each pass, to exchange a row of statistics a shard (mean and sum of squared deviations forward,
 * two sums backward, all float64).
 *
 * @param channelsOf how many channels an input of some shape has
 * @throws CoreError `GRAPH_SHAPE` by `channelsOf`, for what it does not take
 */
export const batchNormLayer = (
  op: string,
  channelsOf: (input: Shape | undefined) => number,
): Layer<Options, BatchNormMemory> => ({
  ...plain,
  op,
  options: batchNormOptions,
  keeps: { inputs: true, output: false },
  inPlace: { forward: false, backward: true },
  fuses: ['relu'],
  isAffine: true,
  outputShape: (_, [input]) => {
    channelsOf(input);
    return input!;
  },
  rowBytes: (_, [input]) => batchNormRowBytes(channelsOf(input)),
  parameters: (_, [input]) => normParameters(['weight', 'bias'], [channelsOf(input)]),
  buffers: (_, [input]) => {
    const length = channelsOf(input);
    return [
      { name: 'running_mean', length, initial: 0 },
      { name: 'running_var', length, initial: 1 },
    ];
  },
  allocate: ({ inputs, shards, maxOwnShards }, { own, scratch }) => {
    const channels = channelsOf(inputs[0]);
    return {
      mean: own.floats(channels + 8),
      inverse: own.floats(channels + 8),
      combined: own.bytes(shards * batchNormRowBytes(channels)),
      counts: own.bytes(shards * 8),
      scratch: scratch.floats(batchNormScratchFloats(channels)),
      weightRows: allocateRows(scratch, maxOwnShards, channels),
      biasRows: allocateRows(scratch, maxOwnShards, channels),
    };
  },
  program: (context) => {
    const { kernels, memory, output, shards, treeMerges, forwardRows, backwardRows, x, y, dy } = context;
    const { eps, momentum } = context.options;
    const channels = channelsOf(output);
    const pixels = elements(output) / channels;
    const rowBytes = batchNormRowBytes(channels);
    const dx = context.dx[0];
    const relu = context.fused === 'relu';
    const vectors = () => ({
      inverse: memory.inverse,
      weight: context.parameter('weight'),
      bias: context.parameter('bias'),
    });
    const apply = (mean: () => number) => ({
      kind: 'each' as const,
      run: (shard: Parameters<typeof x>[0]) =>
        batchNormApply(kernels, x(shard), y(shard), shard.images * pixels, channels, {
          mean: mean(),
          ...vectors(),
          scratch: memory.scratch,
          relu,
        }),
    });
    // Others may still be copying this worker's own rows: they are combined in a copy.
    const copyRows = (rows: number) =>
      kernels.f64.copyWithin(memory.combined / 8, rows / 8, (rows + shards * rowBytes) / 8);
    return {
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
                `${context.name}: batch normalisation needs more than one value a channel, got a batch of ${context.batchSamples()} of shape ${shapeText(output)}; use a larger batch`,
              );
            }
            copyRows(forwardRows);
            for (let s = 0; s < shards; s++) kernels.f64[memory.counts / 8 + s] = context.shardSamples(s) * pixels;
            batchNormCombine(kernels, memory.combined, memory.counts, shards, channels, treeMerges);
            batchNormFinish(kernels, memory.combined, count, channels, eps, momentum, {
              mean: memory.mean,
              inverse: memory.inverse,
              runningMean: context.buffer('running_mean'),
              runningVariance: context.buffer('running_var'),
              nextMean: context.nextBuffer('running_mean'),
              nextVariance: context.nextBuffer('running_var'),
            });
          },
        },
        apply(() => memory.mean),
      ],
      evaluate: [
        {
          kind: 'once',
          run: () => batchNormInverse(kernels, context.buffer('running_var'), channels, eps, memory.inverse),
        },
        apply(() => context.buffer('running_mean')),
      ],
      affine: {
        write: (scale, shift) => {
          const [weight, bias, mean, variance] = [
            context.parameter('weight'),
            context.parameter('bias'),
            context.buffer('running_mean'),
            context.buffer('running_var'),
          ].map((pointer) => pointer / 4) as [number, number, number, number];
          for (let c = 0; c < channels; c++) {
            scale[c] = kernels.f32[weight + c]! / Math.sqrt(kernels.f32[variance + c]! + eps);
            shift[c] = kernels.f32[bias + c]! - kernels.f32[mean + c]! * scale[c]!;
          }
        },
        y,
        relu,
      },
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
              relu ? { ...vectors(), scratch: memory.scratch } : undefined,
            ),
        },
        vectorGradients(
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
                  treeSumDouble(kernels, memory.combined, shards, 2 * channels, treeMerges);
                },
              },
              {
                kind: 'each' as const,
                run: (shard: Parameters<typeof x>[0]) =>
                  batchNormBackwardApply(kernels, x(shard), dy(shard), dx(shard), shard.images * pixels, channels, {
                    row: memory.combined,
                    count: context.batchSamples() * pixels,
                    mean: memory.mean,
                    inverse: memory.inverse,
                    weight: context.parameter('weight'),
                    scratch: memory.scratch,
                    reluBias: relu ? context.parameter('bias') : undefined,
                  }),
              },
            ]
          : []),
      ],
    };
  },
});
