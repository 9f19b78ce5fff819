import { type Chain, GraphBuilder, type LayerCall } from '../graph/builder.ts';
import { add } from '../layers/add.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { dropout } from '../layers/dropout.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { silu } from '../layers/silu.ts';
import { stochasticDepth } from '../layers/stochastic-depth.ts';
import { convolution, squeezeExcitation, zero } from './blocks.ts';
import { byName, imageNet, type ModelDefinition, type ModelFamily } from './definition.ts';

/** Table 1 of the paper, B0: expansion, kernel, stride, output channels, layers. */
const table1 = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
] as const;

/** Compound scaling of B0: how many times the channels and the layers, the picture's size, and the classifier's dropout. */
const scalings = {
  'efficientnet-b0': [1.0, 1.0, 224, 0.2],
  'efficientnet-b1': [1.0, 1.1, 240, 0.2],
  'efficientnet-b2': [1.1, 1.2, 260, 0.3],
  'efficientnet-b3': [1.2, 1.4, 300, 0.3],
  'efficientnet-b4': [1.4, 1.8, 380, 0.4],
  'efficientnet-b5': [1.6, 2.2, 456, 0.4],
  'efficientnet-b6': [1.8, 2.6, 528, 0.5],
  'efficientnet-b7': [2.0, 3.1, 600, 0.5],
} as const;
type Scaling = (typeof scalings)[keyof typeof scalings];

/** A multiple of 8 near a width, and not less than nine tenths of it. */
function roundedWidth(width: number): number {
  const rounded = Math.max(8, Math.floor((width + 4) / 8) * 8);
  return rounded < 0.9 * width ? rounded + 8 : rounded;
}

const efficientnet = ([width, depth, size, p]: Scaling, name: string): ModelDefinition => ({
  original: imageNet(size),
  paper: 'Tan and Le 2019, 1905.11946',
  build: ({ inputShape, classes }) => {
    const net = new GraphBuilder(name, inputShape);
    // Torchvision's, which took the weights of B5 to B7 from TensorFlow.
    const norm = () => batchNorm2d(width >= 1.6 ? { eps: 0.001, momentum: 0.01 } : {});
    const activated = (at: string, convolve: LayerCall): Chain => [
      [`${at}.0`, convolve],
      [`${at}.1`, norm()],
      [`${at}.2`, silu()],
    ];
    const stages = table1.map(([expansion, kernelSize, stride, outChannels, layers]) => {
      return {
        expansion,
        kernelSize,
        stride,
        outChannels: roundedWidth(outChannels * width),
        layers: Math.ceil(layers * depth),
      };
    });
    const blocks = stages.reduce((sum, { layers }) => sum + layers, 0);
    let channels = roundedWidth(32 * width);
    let x = net.chain(net.input, activated('features.0', convolution(channels, 3, 2)));
    let block = 0;
    stages.forEach(({ expansion, kernelSize, stride: firstStride, outChannels, layers }, stage) => {
      for (let layer = 0; layer < layers; layer++) {
        const at = `features.${stage + 1}.${layer}`;
        const stride = layer === 0 ? firstStride : 1;
        const hidden = channels * expansion;
        // A mobile inverted bottleneck: expand, filter each channel, weigh the channels, project.
        let part = 0;
        const next = () => `${at}.block.${part++}`;
        let y = net.chain(x, [
          ...(expansion === 1 ? [] : activated(next(), convolution(hidden, 1))),
          ...activated(next(), convolution(hidden, kernelSize, stride, hidden)),
        ]);
        const squeezed = Math.max(1, Math.floor(channels / 4));
        y = squeezeExcitation(net, next(), y, { channels: hidden, squeezed, activation: silu() });
        const projection = next();
        y = net.chain(y, [
          [`${projection}.0`, convolution(outChannels, 1)],
          [`${projection}.1`, norm()],
        ]);
        if (stride === 1 && channels === outChannels) {
          y = net.add(`${at}.stochastic_depth`, stochasticDepth({ p: (0.2 * block) / blocks }), y);
          y = net.add(`${at}.add`, add(), y, x);
        }
        x = y;
        channels = outChannels;
        block++;
      }
    });
    const start = { kind: 'uniform', bound: 1 / Math.sqrt(classes) } as const;
    return net.build(
      net.chain(x, [
        ...activated('features.8', convolution(4 * channels, 1)),
        ['avgpool', globalAvgPool2d()],
        ['classifier.0', dropout({ p })],
        ['classifier.1', linear({ outFeatures: classes, initialisation: start, biasInitialisation: zero })],
      ]),
    );
  },
});

/** EfficientNets as torchvision has them. */
export const efficientnets: ModelFamily = byName<Scaling>(scalings, efficientnet);
