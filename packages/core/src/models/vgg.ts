import { type LayerCall, sequential } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { conv2d } from '../layers/conv2d.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { relu } from '../layers/relu.ts';
import type { ModelOptions } from './model.ts';

/** Table 1 of the paper, column A: channels of each convolution, and where the map is halved. */
const configurationA = [64, 'pool', 128, 'pool', 256, 256, 'pool', 512, 512, 'pool', 512, 512, 'pool'] as const;

/**
 * The convolutions of VGG's configuration A (Simonyan and Zisserman 2014), and one linear layer in place of its three, as is
 * usual for pictures of 32×32. The convolutions are named as torchvision's.
 */
export function vgg11Cifar({ inputShape, classes }: ModelOptions): Graph {
  const layers: [string, LayerCall][] = [];
  const push = (call: LayerCall) => layers.push([`features.${layers.length}`, call]);
  for (const part of configurationA) {
    if (part === 'pool') push(maxPool2d({ kernelSize: 2 }));
    else {
      push(conv2d({ outChannels: part, kernelSize: 3, padding: 1, initialisation }));
      push(relu());
    }
  }
  return sequential('vgg11-cifar', inputShape, [
    ...layers,
    ['flatten', flatten()],
    ['classifier', linear({ outFeatures: classes })],
  ]);
}

const initialisation = { kind: 'kaimingNormal', mode: 'fanOut' } as const;
