import { expect, it } from 'vitest';
import type { LayerCall } from '../graph/builder.ts';
import { sequential } from '../graph/builder.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { convTranspose2d } from './conv-transpose2d.ts';
import { conv1d } from './conv1d.ts';
import { conv2d } from './conv2d.ts';
import { linear } from './linear.ts';
import { locallyConnected2d } from './locally-connected2d.ts';

// What torch.nn.init._calculate_fan_in_and_fan_out gives for the weights of PyTorch's layers.
it.each<[string, readonly number[], LayerCall, readonly [number, number]]>([
  ['a convolution', [9, 9, 6], conv2d({ outChannels: 4, kernelSize: 5 }), [150, 100]],
  ['a depthwise convolution', [9, 9, 8], conv2d({ outChannels: 8, kernelSize: 3, groups: 8 }), [9, 72]],
  ['a convolution in groups', [9, 9, 6], conv2d({ outChannels: 4, kernelSize: [3, 2], groups: 2 }), [18, 24]],
  ['a transposed one', [9, 9, 6], convTranspose2d({ outChannels: 4, kernelSize: [3, 2], groups: 2 }), [12, 36]],
  ['a convolution of a sequence', [9, 6], conv1d({ outChannels: 4, kernelSize: 5 }), [30, 20]],
])('has the fans of PyTorch: %s', (_, shape, layer, [fanIn, fanOut]) => {
  const [node] = resolveGraph(sequential('one', shape, [['layer', layer]])).nodes;
  expect(node!.parameters.map(({ initialiser }) => initialiser)).toEqual([
    { initialisation: { kind: 'torchDefault' }, fanIn, fanOut },
    { initialisation: { kind: 'torchDefault' }, fanIn, fanOut },
  ]);
});

it('starts weight and bias as told', () => {
  const initialisation = { kind: 'normal', deviation: 0.01 } as const;
  const biasInitialisation = { kind: 'constant', value: 1 } as const;
  const starts = { initialisation, biasInitialisation };
  const layers = [
    conv2d({ outChannels: 4, kernelSize: 1, ...starts }),
    convTranspose2d({ outChannels: 4, kernelSize: 1, ...starts }),
    locallyConnected2d({ outChannels: 4, kernelSize: 1, ...starts }),
  ];
  const nodes = [
    ...layers.flatMap((layer) => resolveGraph(sequential('one', [2, 2, 3], [['layer', layer]])).nodes),
    ...resolveGraph(sequential('one', [3], [['fc', linear({ outFeatures: 2, ...starts })]])).nodes,
    ...resolveGraph(sequential('one', [5, 3], [['conv', conv1d({ outChannels: 2, kernelSize: 1, ...starts })]])).nodes,
  ];
  for (const { parameters } of nodes) {
    expect(parameters.map(({ initialiser }) => initialiser.initialisation)).toEqual([
      initialisation,
      biasInitialisation,
    ]);
  }
});
