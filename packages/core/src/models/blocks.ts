import type { GraphBuilder, LayerCall } from '../graph/builder.ts';
import { adaptiveAvgPool2d } from '../layers/adaptive-avg-pool2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { multiply } from '../layers/multiply.ts';
import { relu } from '../layers/relu.ts';
import { sigmoid } from '../layers/sigmoid.ts';

/** Where a bias does not start at random. */
export const zero = { kind: 'constant', value: 0 } as const;

/** The start of most networks with ReLU (He et al. 2015, arXiv 1502.01852), by the outputs as torchvision has it. */
export const kaimingNormal = { kind: 'kaimingNormal', mode: 'fanOut' } as const;

/**
 * A convolution with batch norm behind it, and so without a bias; of an odd kernel, padded to keep the size, and started as
 * torchvision's.
 */
export const convolution = (outChannels: number, kernelSize: number, stride = 1, groups = 1): LayerCall =>
  conv2d({
    outChannels,
    kernelSize,
    stride,
    padding: (kernelSize - 1) / 2,
    groups,
    bias: false,
    initialisation: kaimingNormal,
  });

interface Squeeze {
  readonly channels: number;
  /** Channels in between. */
  readonly squeezed: number;
  readonly activation?: LayerCall;
}

/** Squeeze-and-excitation (Hu et al. 2017): multiplies each channel by a factor that all channels' means decide on. */
export function squeezeExcitation(
  net: GraphBuilder,
  name: string,
  map: string,
  { channels, squeezed, activation = relu() }: Squeeze,
): string {
  const pointwise = (outChannels: number): LayerCall =>
    conv2d({ outChannels, kernelSize: 1, initialisation: kaimingNormal, biasInitialisation: zero });
  const factors = net.chain(map, [
    [`${name}.avgpool`, adaptiveAvgPool2d({ outputSize: 1 })],
    [`${name}.fc1`, pointwise(squeezed)],
    [`${name}.activation`, activation],
    [`${name}.fc2`, pointwise(channels)],
    [`${name}.scale_activation`, sigmoid()],
  ]);
  return net.add(`${name}.scale`, multiply(), map, factors);
}
