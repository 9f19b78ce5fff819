import { add, batchNorm2d, conv2d, type Graph, GraphBuilder, globalAvgPool2d, linear, relu } from '@lockstep/core';

/** ResNet-20 for small pictures (He et al. 2015, section 4.2), with a 1×1 convolution where the map is halved. */
export function resnet20(size: number, channels: number, classes = 10): Graph {
  const net = new GraphBuilder('resnet20', [size, size, channels]);
  const convolution = (outChannels: number, kernelSize: number, stride: number) =>
    conv2d({ outChannels, kernelSize, stride, padding: kernelSize === 3 ? 1 : 0, bias: false });
  const normalised = (name: string, from: string, outChannels: number, kernelSize: number, stride: number): string =>
    net.add(`${name}.bn`, batchNorm2d(), net.add(`${name}.conv`, convolution(outChannels, kernelSize, stride), from));

  let x = net.add('relu', relu(), normalised('stem', net.input, 16, 3, 1));
  let width = 16;
  for (const [stage, outChannels] of [16, 32, 64].entries()) {
    for (let block = 0; block < 3; block++) {
      const name = `layer${stage + 1}.${block}`;
      const stride = outChannels !== width ? 2 : 1;
      const first = net.add(`${name}.relu1`, relu(), normalised(`${name}.1`, x, outChannels, 3, stride));
      const second = normalised(`${name}.2`, first, outChannels, 3, 1);
      const shortcut = stride === 1 ? x : normalised(`${name}.shortcut`, x, outChannels, 1, stride);
      x = net.add(`${name}.relu2`, relu(), net.add(`${name}.add`, add(), second, shortcut));
      width = outChannels;
    }
  }
  return net.build(net.add('fc', linear({ outFeatures: classes }), net.add('pool', globalAvgPool2d(), x)));
}
