import { type Chain, GraphBuilder } from '../graph/builder.ts';
import type { Shape } from '../graph/graph.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { concat } from '../layers/concat.ts';
import { conv2d } from '../layers/conv2d.ts';
import { leakyRelu } from '../layers/leaky-relu.ts';
import { sigmoid } from '../layers/sigmoid.ts';
import { upsample } from '../layers/upsample.ts';
import type { ModelFamily } from './definition.ts';

/** Of each of five scales: channels on the way down and up, and of the connection between. */
const scales = 5;
const width = 128;
const skipped = 4;

const convolved = (name: string, outChannels: number, kernelSize: number, stride = 1): Chain => [
  [`${name}.conv`, conv2d({ outChannels, kernelSize, stride, padding: (kernelSize - 1) / 2, paddingMode: 'reflect' })],
  [`${name}.bn`, batchNorm2d()],
  [`${name}.act`, leakyRelu({ negativeSlope: 0.2 })],
];

/**
 * The paper's encoder-decoder with skip connections, whose untrained structure is the prior: it is trained to make one picture from
 * noise of 32 channels. [height, width, 32] → [height, width, channels of the picture], here called classes, in (0, 1).
 */
export const deepImagePriors: ModelFamily = {
  'deep-image-prior': {
    original: { inputShape: [512, 512, 32], classes: 3 },
    paper: 'Ulyanov et al. 2017, 1711.10925',
    build: ({ inputShape, classes }) => {
      const net = new GraphBuilder('deep-image-prior', inputShape);
      const top = scale(net, net.input, inputShape, 1);
      return net.build(
        net.chain(top, [
          ['output', conv2d({ outChannels: classes, kernelSize: 1 })],
          ['sigmoid', sigmoid()],
        ]),
      );
    },
  },
};

/** A scale: down, what is below, up, beside the connection. @returns as large a map as the input */
function scale(net: GraphBuilder, input: string, [height = 1, columns = 1]: Shape, level: number): string {
  const name = `scale${level}`;
  const skip = net.chain(input, convolved(`${name}.skip`, skipped, 1));
  const down = net.chain(input, [...convolved(`${name}.down1`, width, 3, 2), ...convolved(`${name}.down2`, width, 3)]);
  const below = [Math.ceil(height / 2), Math.ceil(columns / 2)];
  const deeper = level < scales ? scale(net, down, below, level + 1) : down;
  const up = net.add(`${name}.upsample`, upsample({ size: [height, columns], mode: 'bilinear' }), deeper);
  return net.chain(net.add(`${name}.concat`, concat(), skip, up), [
    [`${name}.bn`, batchNorm2d()],
    ...convolved(`${name}.up1`, width, 3),
    ...convolved(`${name}.up2`, width, 1),
  ]);
}
