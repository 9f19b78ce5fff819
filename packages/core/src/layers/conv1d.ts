import { convolutionAlgorithm } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import type { Shape } from '../graph/graph.ts';
import { convolutionParameters, initialisationOptions } from './convolution-parameters.ts';
import { convolutionMultiplyAdds } from './convolution-program.ts';
import { type Layer, plain } from './layer.ts';
import { sequenceShape } from './options.ts';
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
    kernelSize: z.int().min(1),
    stride: z.int().min(1).default(1),
    padding: z.union([z.int().min(0), namedPaddingSchema]).default(0),
    dilation: z.int().min(1).default(1),
    groups: z.int().min(1).default(1),
    bias: z.boolean().default(true),
    paddingMode: paddingModeSchema.default('zeros'),
    ...initialisationOptions,
  })
  .refine(({ padding, stride }) => padding !== 'same' || stride === 1, sameNeedsStride1);
type Options = z.output<typeof options>;

/** A sequence is a map of one row. */
function convolution(o: Options, input: Shape | undefined): PaddedConvolution {
  const [width, inChannels] = sequenceShape('conv1d', input);
  const { outChannels, groups, kernelSize, stride, padding, dilation, paddingMode } = o;
  const [left, right] = sidesOf(padding, kernelSize, dilation);
  const along = { kernelSize: [1, kernelSize], stride: [1, stride], dilation: [1, dilation] } as const;
  return paddedConvolution(
    'conv1d',
    { height: 1, width, inChannels, outChannels, groups, ...along },
    { top: 0, bottom: 0, left, right },
    paddingMode,
    input!,
  );
}

/**
 * A convolution along a sequence: [length, in] → [⌊(length + 2·padding − dilation·(kernelSize − 1) − 1)/stride⌋ + 1,
 * outChannels]. Options and defaults are those of `torch.nn.Conv1d`, and so is the weight, [outChannels, in/groups, kernelSize].
 */
export const conv1d = (call: z.input<typeof options>): LayerCall => ({ op: 'conv1d', options: call });

export const conv1dLayer: Layer<Options, PaddedConvolutionMemory> = {
  ...plain,
  op: 'conv1d',
  options,
  keeps: { inputs: true, output: false },
  outputShape: (o, [input]) => [convolution(o, input).geometry.outputWidth, o.outChannels],
  parameters: (o, [input]) => {
    const { outChannels, kernelSize, groups, bias, initialisation, biasInitialisation } = o;
    return convolutionParameters(convolution(o, input).geometry, {
      shape: [outChannels, sequenceShape('conv1d', input)[1] / groups, kernelSize],
      biasChannels: bias ? outChannels : undefined,
      initialisation,
      biasInitialisation,
    });
  },
  multiplyAdds: (o, [input]) => convolutionMultiplyAdds(convolution(o, input).geometry),
  folds: (o, [input]) => foldsNorm(convolution(o, input)),
  algorithms: (o, [input], choice) => convolutionAlgorithm(convolution(o, input).geometry, choice),
  allocate: (sizes, allocators) =>
    allocatePaddedConvolution(sizes, convolution(sizes.options, sizes.inputs[0]), allocators),
  program: (context) =>
    paddedConvolutionProgram(context, convolution(context.options, context.inputs[0]), context.options.bias),
};
