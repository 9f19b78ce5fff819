import { type ConvolutionGeometry, convolutionGeometry, KernelError, outputSize } from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { type Shape, shapeText } from '../graph/graph.ts';
import { initialiserSchema } from '../initialisers.ts';
import { allocateConvolutionLayer, type ConvolutionLayerMemory, convolutionProgram } from './convolution-program.ts';
import { type Layer, type ParameterSpec, plain } from './layer.ts';
import { mapShape, pair } from './options.ts';

const options = z.strictObject({
  outChannels: z.int().min(1),
  kernelSize: pair(1),
  stride: pair(1).default([1, 1]),
  padding: pair(0).default([0, 0]),
  dilation: pair(1).default([1, 1]),
  /** Groups of channels that are convolved apart from each other; as many as channels: a depthwise convolution. */
  groups: z.int().min(1).default(1),
  bias: z.boolean().default(true),
  initialisation: initialiserSchema.default({ kind: 'torchDefault' }),
});
type Options = z.output<typeof options>;

function geometry(o: Options, input: Shape | undefined): ConvolutionGeometry {
  const [height, width, inChannels] = mapShape('conv2d', input);
  try {
    return convolutionGeometry({ height, width, inChannels, ...o });
  } catch (cause) {
    if (!(cause instanceof KernelError)) throw cause;
    const [h, w] = [0, 1].map((i) =>
      outputSize(i ? width : height, o.kernelSize[i]!, o.stride[i]!, o.padding[i]!, o.dilation[i]!),
    );
    throw new CoreError(
      'GRAPH_SHAPE',
      `${cause.message}; the output would be ${h}x${w} (input ${shapeText(input ?? [])})`,
      { cause },
    );
  }
}

/** Weights in memory: taps, in, out; of one group after the other, but a depthwise convolution's channels are its lanes. */
function memoryOrder({ shape, groups, depthwise }: ConvolutionGeometry): Pick<ParameterSpec, 'view' | 'permutation'> {
  if (groups === 1 || depthwise) return { permutation: [2, 3, 1, 0] };
  const view = [groups, shape.outChannels / groups, shape.inChannels / groups, ...shape.kernelSize];
  return { view, permutation: [0, 3, 4, 2, 1] };
}

/**
 * A two-dimensional convolution (cross-correlation, as in the field): [height, width, in] → [⌊(height + 2·padding −
 * dilation·(kernel − 1) − 1)/stride⌋ + 1, likewise, outChannels]. The input's channels are known from the graph.
 *
 * Options and defaults are those of `torch.nn.Conv2d`; sizes may be a number or [height, width].
 */
export const conv2d = (call: z.input<typeof options>): LayerCall => ({ op: 'conv2d', options: call });

export const conv2dLayer: Layer<Options, ConvolutionLayerMemory> = {
  ...plain,
  op: 'conv2d',
  options,
  keeps: { inputs: true, output: false },
  windows: (o) => o,
  outputShape: (o, [input]) => {
    const { outputHeight, outputWidth } = geometry(o, input);
    return [outputHeight, outputWidth, o.outChannels];
  },
  parameters: (o, [input]) => {
    const { outChannels, kernelSize, groups, bias, initialisation } = o;
    const inChannels = mapShape('conv2d', input)[2] / groups;
    const area = kernelSize[0] * kernelSize[1];
    const fans = { fanIn: inChannels * area, fanOut: (outChannels / groups) * area };
    const weight = {
      name: 'weight',
      shape: [outChannels, inChannels, ...kernelSize],
      ...memoryOrder(geometry(o, input)),
      initialiser: { initialisation, ...fans },
    };
    if (!bias) return [weight];
    return [
      weight,
      {
        name: 'bias',
        shape: [outChannels],
        permutation: [0],
        initialiser: { initialisation: { kind: 'torchDefault' }, ...fans },
      },
    ];
  },
  allocate: (sizes, allocators) =>
    allocateConvolutionLayer(sizes, geometry(sizes.options, sizes.inputs[0]), allocators),
  program: (context) => convolutionProgram(context, geometry(context.options, context.inputs[0]), context.options.bias),
};
