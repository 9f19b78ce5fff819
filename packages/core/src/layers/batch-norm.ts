import { batchNormApply, batchNormInverse, batchNormRowBytes } from '@lockstep/kernels';
import { CoreError } from '../errors.ts';
import { elements, type Shape, shapeText } from '../graph/graph.ts';
import {
  allocateBatchNorm,
  type BatchNormMemory,
  type BatchNormOptions,
  batchNormOptions,
  tooFewValues,
} from './batch-norm-memory.ts';
import { frozenBatchNorm } from './frozen-batch-norm.ts';
import { ghostBatchNorm } from './ghost-batch-norm.ts';
import {
  type Affine,
  type Layer,
  type LayerContext,
  type LayerProgram,
  plain,
  type Shard,
  type Step,
} from './layer.ts';
import { normParameters } from './normalisation.ts';
import { synchronisedBatchNorm } from './synchronised-batch-norm.ts';

/**
 * Batch normalisation: y = (x − mean)/√(variance + eps)·weight + bias for each channel (Ioffe and Szegedy 2015), with the
 * biased variance; the running variance takes the unbiased one, as in PyTorch. In evaluation the running statistics take the
 * batch's place.
 *
 * Mean and variance are those of the whole batch, or of each ghost group of it, as the plan has it. Where neither weight nor bias
 * is trained, the running statistics are used in training, too, and stay as they are: as a frozen layer of Keras, and torchvision's
 * `FrozenBatchNorm2d`.
 *
 * @param channelsOf how many channels an input of some shape has
 * @throws CoreError `GRAPH_SHAPE` by `channelsOf`, for what it does not take; `BATCH_INVALID` for ghost groups of one value
 */
export const batchNormLayer = (
  op: string,
  channelsOf: (input: Shape | undefined) => number,
): Layer<BatchNormOptions, BatchNormMemory> => ({
  ...plain,
  op,
  options: batchNormOptions,
  keeps: { inputs: true, output: false },
  inPlace: { forward: false, backward: true },
  fuses: ['relu', 'relu6'],
  addsResidual: true,
  isAffine: true,
  passesOn: true,
  outputShape: (_, [input]) => {
    channelsOf(input);
    return input!;
  },
  rowBytes: (_, [input]) => batchNormRowBytes(channelsOf(input)),
  parameters: ({ initialisation }, [input]) => normParameters(['weight', 'bias'], [channelsOf(input)], initialisation),
  buffers: (_, [input]) => {
    const length = channelsOf(input);
    return [
      { name: 'running_mean', length, initial: 0 },
      { name: 'running_var', length, initial: 1 },
    ];
  },
  allocate: (sizes, allocators) => {
    const { name, inputs, output, ghost } = sizes;
    const channels = channelsOf(inputs[0]);
    if (ghost && ghost.samples * elements(output) < 2 * channels) {
      throw new CoreError(
        'BATCH_INVALID',
        tooFewValues(name, `ghost groups of ${ghost.samples}`, shapeText(output), 'use larger groups'),
      );
    }
    return allocateBatchNorm(sizes, allocators, channels);
  },
  program: (context) => {
    const { kernels, memory, output, x, y } = context;
    const channels = channelsOf(output);
    const pixels = elements(output) / channels;
    const applyRunning = (shard: Shard): void =>
      batchNormApply(kernels, x(shard), y(shard), shard.images * pixels, channels, {
        mean: context.buffer('running_mean'),
        inverse: memory.inverse,
        weight: context.parameter('weight'),
        bias: context.parameter('bias'),
        scratch: memory.scratch,
        activation: context.fused,
      });
    const evaluate: Step[] = [
      {
        kind: 'once',
        run: () =>
          batchNormInverse(kernels, context.buffer('running_var'), channels, context.options.eps, memory.inverse),
      },
      { kind: 'each', run: applyRunning },
    ];
    const training = (): Pick<LayerProgram, 'forward' | 'backward' | 'again' | 'afterMeeting' | 'withResidual'> => {
      if (!context.trains('weight') && !context.trains('bias')) {
        return { ...frozenBatchNorm(context, channels, evaluate), again: applyRunning };
      }
      return context.ghost
        ? ghostBatchNorm(context, context.ghost, channels)
        : synchronisedBatchNorm(context, channels);
    };
    return {
      ...training(),
      evaluate,
      // A convolution can end in a ReLU, but in nothing else.
      ...(context.fused !== 'relu6' && { affine: affineOf(context, channels) }),
    };
  },
});

function affineOf(context: LayerContext<BatchNormOptions, BatchNormMemory>, channels: number): Affine {
  const { kernels, y } = context;
  return {
    write: (scale, shift) => {
      const [weight, bias, mean, variance] = [
        context.parameter('weight'),
        context.parameter('bias'),
        context.buffer('running_mean'),
        context.buffer('running_var'),
      ].map((pointer) => pointer / 4) as [number, number, number, number];
      for (let c = 0; c < channels; c++) {
        scale[c] = kernels.f32[weight + c]! / Math.sqrt(kernels.f32[variance + c]! + context.options.eps);
        shift[c] = kernels.f32[bias + c]! - kernels.f32[mean + c]! * scale[c]!;
      }
    },
    y,
    relu: context.fused === 'relu',
  };
}
