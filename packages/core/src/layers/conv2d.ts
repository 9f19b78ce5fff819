import { addsInputGradient, convolutionAlgorithm } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import type { Shape } from '../graph/graph.ts';
import { convolutionParameters, initialisationOptions } from './convolution-parameters.ts';
import { convolutionMultiplyAdds, goesByShard, goTogether } from './convolution-program.ts';
import { type Layer, plain } from './layer.ts';
import { mapShape, pair } from './options.ts';
import {
  allocatePaddedConvolution,
  foldsNorm,
  namedPaddingSchema,
  type PaddedConvolution,
  type PaddedConvolutionMemory,
  paddedConvolution,
  paddedConvolutionProgram,
  paddingModeSchema,
  sameNeedsStride1,
  sidesOf,
} from './padded-convolution.ts';

const options = z
  .strictObject({
    outChannels: z.int().min(1),
    kernelSize: pair(1),
    stride: pair(1).default([1, 1]),
    padding: z.union([pair(0), namedPaddingSchema]).default([0, 0]),
    dilation: pair(1).default([1, 1]),
    /** Groups of channels that are convolved apart from each other; as many as channels: a depthwise convolution. */
    groups: z.int().min(1).default(1),
    bias: z.boolean().default(true),
    paddingMode: paddingModeSchema.default('zeros'),
    ...initialisationOptions,
  })
  .refine(({ padding, stride }) => padding !== 'same' || stride.every((step) => step === 1), sameNeedsStride1);
type Options = z.output<typeof options>;

function convolution(o: Options, input: Shape | undefined): PaddedConvolution {
  const [height, width, inChannels] = mapShape('conv2d', input);
  const { padding, kernelSize, dilation } = o;
  const [[top, bottom], [left, right]] = ([0, 1] as const).map((axis) =>
    sidesOf(typeof padding === 'string' ? padding : padding[axis], kernelSize[axis], dilation[axis]),
  ) as [readonly [number, number], readonly [number, number]];
  return paddedConvolution(
    'conv2d',
    { ...o, height, width, inChannels },
    { top, bottom, left, right },
    o.paddingMode,
    input!,
  );
}

/**
 * A two-dimensional convolution (cross-correlation, as in the field): [height, width, in] → [⌊(height + 2·padding −
 * dilation·(kernel − 1) − 1)/stride⌋ + 1, likewise, outChannels]. The input's channels are known from the graph.
 *
 * Options and defaults are those of `torch.nn.Conv2d`; sizes may be a number or [height, width].
 */
export const conv2d = (call: z.input<typeof options>): LayerCall => ({ op: 'conv2d', options: call });

export const conv2dLayer: Layer<Options, PaddedConvolutionMemory> = {
  ...plain,
  op: 'conv2d',
  options,
  keeps: { inputs: true, output: false },
  // Padding by name is none, or goes with a stride of 1, where nothing is left out.
  windows: ({ padding, ...o }) => ({ ...o, padding: typeof padding === 'string' ? undefined : padding }),
  outputShape: (o, [input]) => {
    const { outputHeight, outputWidth } = convolution(o, input).geometry;
    return [outputHeight, outputWidth, o.outChannels];
  },
  parameters: (o, [input]) => {
    const { outChannels, kernelSize, groups, bias, initialisation, biasInitialisation } = o;
    return convolutionParameters(convolution(o, input).geometry, {
      shape: [outChannels, mapShape('conv2d', input)[2] / groups, ...kernelSize],
      biasChannels: bias ? outChannels : undefined,
      initialisation,
      biasInitialisation,
    });
  },
  multiplyAdds: (o, [input]) => convolutionMultiplyAdds(convolution(o, input).geometry),
  folds: (o, [input]) => foldsNorm(convolution(o, input)),
  takesPassing: (o, [input], maxImages) => {
    const { geometry, pad } = convolution(o, input);
    return !pad && goesByShard(geometry, maxImages);
  },
  addsToGradient: (o, [input], maxImages, algorithms) => {
    const { geometry, pad } = convolution(o, input);
    return !pad && !goTogether(geometry, maxImages) && addsInputGradient(algorithms ?? convolutionAlgorithm(geometry));
  },
  algorithms: (o, [input], choice) => convolutionAlgorithm(convolution(o, input).geometry, choice),
  allocate: (sizes, allocators) =>
    allocatePaddedConvolution(sizes, convolution(sizes.options, sizes.inputs[0]), allocators),
  program: (context) =>
    paddedConvolutionProgram(context, convolution(context.options, context.inputs[0]), context.options.bias),
};
