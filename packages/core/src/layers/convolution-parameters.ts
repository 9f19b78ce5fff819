import type { ConvolutionGeometry } from '@lockstep/kernels';
import { elements } from '../graph/graph.ts';
import { type Initialisation, initialiserSchema } from '../initialisers.ts';
import type { ParameterSpec } from './layer.ts';

/** A convolution's weight and bias, as a layer has them. */
interface ConvolutionParameters {
  /** Of the weight: [out, in of a group, …kernel] of the convolution, whichever way the layer goes through it. */
  readonly shape: readonly number[];
  /** Channels of the layer's output, if it has a bias. */
  readonly biasChannels: number | undefined;
  readonly initialisation: Initialisation;
  readonly biasInitialisation: Initialisation;
}

/** How weight and bias start, as options. */
export const initialisationOptions = {
  initialisation: initialiserSchema.default({ kind: 'torchDefault' }),
  biasInitialisation: initialiserSchema.default({ kind: 'torchDefault' }),
};

/**
 * The weight, [out, in of a group, …kernel] in files, and the bias. Fans are read off the weight's shape, as `torch.nn.init`
 * does: so groups do not divide fanOut, and a transposed convolution has them the other way round.
 */
export function convolutionParameters(
  geometry: ConvolutionGeometry,
  { shape, biasChannels, initialisation, biasInitialisation }: ConvolutionParameters,
): ParameterSpec[] {
  const [first = 1, second = 1, ...kernel] = shape;
  const fans = { fanIn: second * elements(kernel), fanOut: first * elements(kernel) };
  const weight = { name: 'weight', shape, ...memoryOrder(geometry), initialiser: { initialisation, ...fans } };
  return biasChannels === undefined ? [weight] : [weight, biasParameter([biasChannels], fans, biasInitialisation)];
}

/** @param fans of the weight, as PyTorch has it */
export function biasParameter(
  shape: readonly number[],
  fans: { readonly fanIn: number; readonly fanOut: number },
  initialisation: Initialisation,
): ParameterSpec {
  return {
    name: 'bias',
    shape,
    permutation: shape.map((_, axis) => axis),
    initialiser: { initialisation, ...fans },
  };
}

/** Weights in memory: taps, in, out; of one group after the other, but a depthwise convolution's channels are its lanes. */
function memoryOrder({ shape, groups, depthwise }: ConvolutionGeometry): Pick<ParameterSpec, 'view' | 'permutation'> {
  const [outChannels, inChannels] = [shape.outChannels, shape.inChannels / groups];
  if (groups === 1 || depthwise) {
    return { view: [outChannels, inChannels, ...shape.kernelSize], permutation: [2, 3, 1, 0] };
  }
  const view = [groups, outChannels / groups, inChannels, ...shape.kernelSize];
  return { view, permutation: [0, 3, 4, 2, 1] };
}
