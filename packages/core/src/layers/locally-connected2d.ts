import {
  allocateLocallyConnected,
  type ConvolutionGeometry,
  columnSums,
  convolutionGeometry,
  KernelError,
  LocallyConnected,
  type LocallyConnectedMemory,
} from '@lockstep/kernels';
import { z } from 'zod';
import { CoreError } from '../errors.ts';
import type { LayerCall } from '../graph/builder.ts';
import { elements, type Shape, shapeText } from '../graph/graph.ts';
import { biasParameter, initialisationOptions } from './convolution-parameters.ts';
import { convolutionMultiplyAdds } from './convolution-program.ts';
import { type Layer, plain, type Shard, type Step } from './layer.ts';
import { mapShape, pair } from './options.ts';
import { allocateRows, vectorGradients, weightGradient } from './parameter-gradient.ts';

const options = z.strictObject({
  outChannels: z.int().min(1),
  kernelSize: pair(1),
  stride: pair(1).default([1, 1]),
  padding: pair(0).default([0, 0]),
  bias: z.boolean().default(true),
  ...initialisationOptions,
});
type Options = z.output<typeof options>;

interface Memory {
  readonly layer: LocallyConnectedMemory;
  readonly rows: number;
}

function geometry(o: Options, input: Shape | undefined): ConvolutionGeometry {
  const [height, width, inChannels] = mapShape('locallyConnected2d', input);
  try {
    return convolutionGeometry({ height, width, inChannels, ...o, dilation: [1, 1] }, 'locallyConnected2d');
  } catch (cause) {
    if (!(cause instanceof KernelError)) throw cause;
    throw new CoreError('GRAPH_SHAPE', `${cause.message} (input ${shapeText(input!)})`, { cause });
  }
}

/**
 * A convolution whose weights are not shared: each output pixel has a kernel and a bias of its own, and so looks for what
 * is typical of its place. [height, width, in] → as `conv2d`, with as many parameters as that has for each output pixel.
 *
 * It is Keras's `LocallyConnected2D`, with the options and defaults of `torch.nn.Conv2d`, and the convolution's weight for each
 * pixel: weight [output height, output width, outChannels, in, height, width], bias [output height, output width, outChannels].
 */
export const locallyConnected2d = (call: z.input<typeof options>): LayerCall => ({
  op: 'locallyConnected2d',
  options: call,
});

export const locallyConnected2dLayer: Layer<Options, Memory> = {
  ...plain,
  op: 'locallyConnected2d',
  options,
  keeps: { inputs: true, output: false },
  outputShape: (o, [input]) => {
    const { outputHeight, outputWidth } = geometry(o, input);
    return [outputHeight, outputWidth, o.outChannels];
  },
  parameters: (o, [input]) => {
    const { outputHeight, outputWidth, shape } = geometry(o, input);
    const { inChannels, outChannels, kernelSize } = shape;
    const area = kernelSize[0] * kernelSize[1];
    const fans = { fanIn: inChannels * area, fanOut: outChannels * area };
    const weight = {
      name: 'weight',
      shape: [outputHeight, outputWidth, outChannels, inChannels, ...kernelSize],
      permutation: [0, 1, 4, 5, 3, 2],
      initialiser: { initialisation: o.initialisation, ...fans },
    };
    return o.bias
      ? [weight, biasParameter([outputHeight, outputWidth, outChannels], fans, o.biasInitialisation)]
      : [weight];
  },
  multiplyAdds: (o, [input]) => convolutionMultiplyAdds(geometry(o, input)),
  allocate: ({ options: o, inputs, output, kernels, maxImages, maxOwnShards }, { own, scratch }) => ({
    layer: allocateLocallyConnected(kernels, geometry(o, inputs[0]), maxImages, maxOwnShards, own, scratch),
    rows: o.bias ? allocateRows(scratch, maxOwnShards, elements(output)) : 0,
  }),
  program: (context) => {
    const { kernels, memory, options: { bias }, output, ownShards, x, y, dy, dx: [dx] } = context; // biome-ignore format: one line
    const layer = new LocallyConnected(kernels, geometry(context.options, context.inputs[0]), memory.layer);
    const weight = (): number => context.parameter('weight');
    const size = elements(output);
    // All shards go through a pixel before the next, so that its weights, which only it has, are read once.
    const between = (from: (shard: Shard) => number, to: (shard: Shard) => number) =>
      ownShards.map((shard) => ({ from: from(shard), to: to(shard), images: shard.images }));
    const forward = (): void => layer.forward(between(x, y), weight(), bias ? context.parameter('bias') : 0);
    return {
      forward: [{ kind: 'once', run: forward }],
      backward: [
        ...(dx ? [{ kind: 'once', run: () => layer.inputGradient(between(dy, dx), weight()) } satisfies Step] : []),
        ...weightGradient(context, (shards, gradient) => layer.weightGradient(shards, gradient)),
        ...(bias
          ? vectorGradients(context, [{ name: 'bias', length: size, rows: memory.rows }], (shard, [row]) =>
              columnSums(kernels, dy(shard), shard.images, size, row!),
            )
          : []),
      ],
    };
  },
};
