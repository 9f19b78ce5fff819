import { conv2d, flatten, type Graph, type LayerCall, linear, maxPool2d, relu, sequential } from '@lockstep/core';

/** VGG's configuration A (Simonyan and Zisserman 2014) for small pictures: eight convolutions, one linear layer. */
export function vgg11(size: number, channels: number, classes = 10): Graph {
  const layers: [string, LayerCall][] = [];
  [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0].forEach((outChannels, i) => {
    if (outChannels === 0) layers.push([`features.pool${i}`, maxPool2d({ kernelSize: 2 })]);
    else
      layers.push(
        [`features.conv${i}`, conv2d({ outChannels, kernelSize: 3, padding: 1 })],
        [`features.relu${i}`, relu()],
      );
  });
  return sequential(
    'vgg11',
    [size, size, channels],
    [...layers, ['flatten', flatten()], ['classifier', linear({ outFeatures: classes })]],
  );
}
