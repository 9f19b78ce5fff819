import { type ConvolutionGeometry, convolutionGeometry } from '@lockstep/kernels';
import { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { biasParameter, initialisationOptions } from './convolution-parameters.ts';
import {
  allocateConvolutionLayer,
  type ConvolutionLayerMemory,
  convolutionMultiplyAdds,
  convolutionProgram,
} from './convolution-program.ts';
import { type Layer, plain } from './layer.ts';
import { vectorLength } from './options.ts';

const options = z.strictObject({
  outFeatures: z.int().min(1),
  bias: z.boolean().default(true),
  ...initialisationOptions,
});
type Options = z.output<typeof options>;

const geometry = (outFeatures: number, inFeatures: number): ConvolutionGeometry =>
  convolutionGeometry({
    height: 1,
    width: 1,
    inChannels: inFeatures,
    outChannels: outFeatures,
    kernelSize: [1, 1],
    stride: [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
  });

/** y = x·weightᵀ + bias: [in] → [outFeatures]. Options are those of `torch.nn.Linear`. */
export const linear = (call: z.input<typeof options>): LayerCall => ({ op: 'linear', options: call });

export const linearLayer: Layer<Options, ConvolutionLayerMemory> = {
  ...plain,
  op: 'linear',
  options,
  keeps: { inputs: true, output: false },
  outputShape: ({ outFeatures }, [input]) => {
    vectorLength('linear', input);
    return [outFeatures];
  },
  parameters: ({ outFeatures, bias, initialisation, biasInitialisation }, [input]) => {
    const inFeatures = vectorLength('linear', input);
    const fans = { fanIn: inFeatures, fanOut: outFeatures };
    const weight = {
      name: 'weight',
      shape: [outFeatures, inFeatures],
      permutation: [1, 0],
      initialiser: { initialisation, ...fans },
    };
    return bias ? [weight, biasParameter([outFeatures], fans, biasInitialisation)] : [weight];
  },
  multiplyAdds: ({ outFeatures }, [input]) =>
    convolutionMultiplyAdds(geometry(outFeatures, vectorLength('linear', input))),
  allocate: (sizes, allocators) =>
    allocateConvolutionLayer(
      sizes,
      geometry(sizes.options.outFeatures, vectorLength('linear', sizes.inputs[0])),
      allocators,
    ),
  program: (context) =>
    convolutionProgram(
      context,
      geometry(context.options.outFeatures, vectorLength('linear', context.inputs[0])),
      context.options.bias,
    ),
};
