import { type Chain, GraphBuilder, type LayerCall } from '../graph/builder.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { convTranspose2d } from '../layers/conv-transpose2d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { maxUnpool2d } from '../layers/max-unpool2d.ts';
import { relu } from '../layers/relu.ts';
import { kaimingNormal, zero } from './blocks.ts';
import type { ModelFamily } from './definition.ts';

/** Table 4 of the paper: channels and layers of each block of the convolution network (VGG-16's), and of the deconvolution network. */
const down = [
  [64, 2],
  [128, 2],
  [256, 3],
  [512, 3],
  [512, 3],
] as const;
/** Back up: the last layer of each block has the channels of the block above. */
const up = [
  [512, 512, 512],
  [512, 512, 256],
  [256, 256, 128],
  [128, 64],
  [64, 64],
] as const;

const starts = { initialisation: kaimingNormal, biasInitialisation: zero } as const;

const activated = (name: string, call: LayerCall): Chain => [
  [name, call],
  [`bn${name}`, batchNorm2d()],
  [`relu-${name}`, relu()],
];
const convolved = (name: string, outChannels: number, kernelSize: number): Chain =>
  activated(name, conv2d({ outChannels, kernelSize, padding: kernelSize === 3 ? 1 : 0, ...starts }));
const deconvolved = (name: string, outChannels: number, kernelSize: number): Chain =>
  activated(name, convTranspose2d({ outChannels, kernelSize, padding: kernelSize === 3 ? 1 : 0, ...starts }));

/**
 * The deconvolution network: VGG-16 without a classifier, a vector of 4,096 for each 7×7 of what is left, and the way back by
 * unpooling and transposed convolutions, to the classes of each pixel: [height, width, classes].
 */
export const deconvnets: ModelFamily = {
  deconvnet: {
    original: { inputShape: [224, 224, 3], classes: 21 },
    paper: 'Noh et al. 2015, 1505.04366',
    build: ({ inputShape, classes }) => {
      const net = new GraphBuilder('deconvnet', inputShape);
      const pool = { kernelSize: 2 };
      /** What each pooling read. */
      const pooled: string[] = [];
      let x: string = net.input;
      down.forEach(([channels, layers], i) => {
        const map = net.chain(
          x,
          Array.from({ length: layers }, (_, j) => convolved(`conv${i + 1}_${j + 1}`, channels, 3)).flat(),
        );
        pooled.push(map);
        x = net.add(`pool${i + 1}`, maxPool2d(pool), map);
      });
      x = net.chain(x, [
        ...convolved('fc6', 4096, 7),
        ...convolved('fc7', 4096, 1),
        ...deconvolved('deconv-fc6', 512, 7),
      ]);
      up.forEach((channels, i) => {
        const block = up.length - i;
        const map = net.add(`unpool${block}`, maxUnpool2d(pool), x, pooled[block - 1]!);
        x = net.chain(
          map,
          channels.flatMap((width, j) => deconvolved(`deconv${block}_${j + 1}`, width, 3)),
        );
      });
      return net.build(net.add('classifier', conv2d({ outChannels: classes, kernelSize: 1, ...starts }), x));
    },
  },
};
