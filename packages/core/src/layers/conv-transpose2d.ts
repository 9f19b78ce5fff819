import {
  type ConvolutionGeometry,
  convolutionAlgorithm,
  convolutionGeometry,
  KernelError,
  transposedOutputSize,
} from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { type Shape, shapeText } from '../graph/graph.ts';
import { convolutionParameters, initialisationOptions } from './convolution-parameters.ts';
import {
  allocateConvolutionLayer,
  type ConvolutionLayerMemory,
  convolutionMultiplyAdds,
  convolutionProgram,
} from './convolution-program.ts';
import { type Layer, plain } from './layer.ts';
import { mapShape, pair } from './options.ts';

const options = z.strictObject({
  outChannels: z.int().min(1),
  kernelSize: pair(1),
  stride: pair(1).default([1, 1]),
  padding: pair(0).default([0, 0]),
  /** Which of the sizes that a convolution of this stride makes one of: pixels more at the bottom and on the right. */
  outputPadding: pair(0).default([0, 0]),
  groups: z.int().min(1).default(1),
  bias: z.boolean().default(true),
  dilation: pair(1).default([1, 1]),
  ...initialisationOptions,
});
type Options = z.output<typeof options>;

/** The convolution that is transposed: from the layer's output to its input. */
function geometry(o: Options, input: Shape | undefined): ConvolutionGeometry {
  const [rows, columns, outChannels] = mapShape('convTranspose2d', input);
  const { outChannels: inChannels, groups, kernelSize, stride, padding, dilation, outputPadding } = o;
  const refuse = (reason: string, cause?: unknown): never => {
    throw new CoreError('GRAPH_SHAPE', `${reason} (input ${shapeText(input!)})`, { cause });
  };
  if (outChannels % groups !== 0 || inChannels % groups !== 0) {
    return refuse(
      `convTranspose2d: expected channels in multiples of groups ${groups}, got ${outChannels} in and ${inChannels} out`,
    );
  }
  try {
    const [height, width] = ([0, 1] as const).map((i) =>
      transposedOutputSize(i ? columns : rows, kernelSize[i], stride[i], padding[i], dilation[i], outputPadding[i]),
    ) as [number, number];
    if (height < 1 || width < 1) {
      return refuse(
        `convTranspose2d: padding ${padding.join('x')} leaves nothing: the output would be ${height}x${width}`,
      );
    }
    return convolutionGeometry(
      { height, width, inChannels, outChannels, groups, kernelSize, stride, padding, dilation },
      'convTranspose2d',
    );
  } catch (cause) {
    if (!(cause instanceof KernelError)) throw cause;
    return refuse(cause.message, cause);
  }
}

/**
 * A transposed convolution, which makes maps larger by its stride: [height, width, in] → [(height − 1)·stride − 2·padding +
 * dilation·(kernel − 1) + outputPadding + 1, likewise, outChannels]. What a convolution is to its input's gradient this is to its input
 * (Zeiler et al., Deconvolutional Networks, 2010).
 *
 * Options and defaults are those of `torch.nn.ConvTranspose2d`, and so is the weight, [in, outChannels/groups, height, width]; but
 * `outputPadding` is always less than the stride.
 */
export const convTranspose2d = (call: z.input<typeof options>): LayerCall => ({ op: 'convTranspose2d', options: call });

export const convTranspose2dLayer: Layer<Options, ConvolutionLayerMemory> = {
  ...plain,
  op: 'convTranspose2d',
  options,
  keeps: { inputs: true, output: false },
  reach: ({ kernelSize, stride, dilation }) => {
    // Of stride neighbouring pixels, each is under every stride-th tap; the one with the most counts.
    const along = (i: 0 | 1): number => Math.ceil((dilation[i] * (kernelSize[i] - 1) + 1) / stride[i]);
    return [along(0), along(1)];
  },
  outputShape: (o, [input]) => {
    const { height, width } = geometry(o, input).shape;
    return [height, width, o.outChannels];
  },
  parameters: (o, [input]) => {
    const { outChannels, kernelSize, groups, bias, initialisation, biasInitialisation } = o;
    return convolutionParameters(geometry(o, input), {
      shape: [mapShape('convTranspose2d', input)[2], outChannels / groups, ...kernelSize],
      biasChannels: bias ? outChannels : undefined,
      initialisation,
      biasInitialisation,
    });
  },
  multiplyAdds: (o, [input]) => convolutionMultiplyAdds(geometry(o, input)),
  algorithms: (o, [input], choice) => convolutionAlgorithm(geometry(o, input), choice),
  allocate: (sizes, allocators) =>
    allocateConvolutionLayer(sizes, geometry(sizes.options, sizes.inputs[0]), allocators, 'transposed'),
  program: (context) =>
    convolutionProgram(context, geometry(context.options, context.inputs[0]), context.options.bias, 'transposed'),
};
