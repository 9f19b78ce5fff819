/** A network with a layer of its own: lockstep train --model examples/custom-layer-net.ts */
import { conv2d, globalAvgPool2d, linear, type ModelOptions, sequential } from '@lockstep/core';
import { swish } from './custom-layer-swish.ts';

export default ({ inputShape, classes }: ModelOptions) =>
  sequential('swish-net', inputShape, [
    ['conv1', conv2d({ outChannels: 8, kernelSize: 3, stride: 2 })],
    ['act1', swish()],
    ['conv2', conv2d({ outChannels: 16, kernelSize: 3, stride: 2 })],
    ['act2', swish({ init: 0.5 })],
    ['pool', globalAvgPool2d()],
    ['fc', linear({ outFeatures: classes })],
  ]);
