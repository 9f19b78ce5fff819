import { type Chain, GraphBuilder } from '../graph/builder.ts';
import { add } from '../layers/add.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { relu } from '../layers/relu.ts';
import { convolution, zero } from './blocks.ts';
import { byName, cifar, type ModelDefinition, type ModelFamily } from './definition.ts';

/** Table 1 of the paper: 6n + 4 layers in three groups of 16, 32 and 64 channels, `widening` times. */
interface Setting {
  readonly depth: number;
  readonly widening: number;
}

/** Batch norm and ReLU come before each convolution; where the channels change, the way around begins behind them too. */
const wideResnet = ({ depth, widening }: Setting, name: string): ModelDefinition => ({
  original: cifar,
  paper: 'Zagoruyko and Komodakis 2016, 1605.07146',
  build: ({ inputShape, classes }) => {
    const net = new GraphBuilder(name, inputShape);
    let x = net.add('conv1', convolution(16, 3), net.input);
    let channels = 16;
    [16, 32, 64].forEach((width, group) => {
      const outChannels = width * widening;
      for (let block = 0; block < (depth - 4) / 6; block++) {
        const at = `block${group + 1}.layer.${block}`;
        const stride = group > 0 && block === 0 ? 2 : 1;
        const activated = net.chain(x, normalised(`${at}.bn1`, `${at}.relu1`));
        const residual = net.chain(activated, [
          [`${at}.conv1`, convolution(outChannels, 3, stride)],
          ...normalised(`${at}.bn2`, `${at}.relu2`),
          [`${at}.conv2`, convolution(outChannels, 3)],
        ]);
        const shortcut =
          channels === outChannels ? x : net.add(`${at}.convShortcut`, convolution(outChannels, 1, stride), activated);
        x = net.add(`${at}.add`, add(), residual, shortcut);
        channels = outChannels;
      }
    });
    return net.build(
      net.chain(x, [
        ...normalised('bn1', 'relu'),
        ['avgpool', globalAvgPool2d()],
        ['fc', linear({ outFeatures: classes, biasInitialisation: zero })],
      ]),
    );
  },
});

const normalised = (norm: string, activation: string): Chain => [
  [norm, batchNorm2d()],
  [activation, relu()],
];

export const wideResnets: ModelFamily = byName<Setting>(
  { 'wide-resnet40-4': { depth: 40, widening: 4 }, 'wide-resnet28-10': { depth: 28, widening: 10 } },
  wideResnet,
);
