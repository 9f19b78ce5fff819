import {
  add,
  batchNorm2d,
  conv2d,
  type Graph,
  GraphBuilder,
  globalAvgPool2d,
  linear,
  maxPool2d,
  relu,
} from '@lockstep/core';

/** ResNet-18 (He et al. 2015, table 1) with torchvision's names: a 7×7 stem, and 1×1 convolutions where the map is halved. */
export function resnet18(size: number, channels: number, classes = 10): Graph {
  const net = new GraphBuilder('resnet18', [size, size, channels]);
  const convolution = (outChannels: number, kernelSize: number, stride: number) =>
    conv2d({ outChannels, kernelSize, stride, padding: (kernelSize - 1) / 2, bias: false });
  const stem = net.add(
    'relu',
    relu(),
    net.add('bn1', batchNorm2d(), net.add('conv1', convolution(64, 7, 2), net.input)),
  );
  let x = net.add('maxpool', maxPool2d({ kernelSize: 3, stride: 2, padding: 1 }), stem);
  for (const [stage, outChannels] of [64, 128, 256, 512].entries()) {
    for (let block = 0; block < 2; block++) {
      const name = `layer${stage + 1}.${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const first = net.chain(x, [
        [`${name}.conv1`, convolution(outChannels, 3, stride)],
        [`${name}.bn1`, batchNorm2d()],
        [`${name}.relu1`, relu()],
      ]);
      const second = net.chain(first, [
        [`${name}.conv2`, convolution(outChannels, 3, 1)],
        [`${name}.bn2`, batchNorm2d()],
      ]);
      const shortcut =
        stride === 1
          ? x
          : net.chain(x, [
              [`${name}.downsample.0`, convolution(outChannels, 1, stride)],
              [`${name}.downsample.1`, batchNorm2d()],
            ]);
      x = net.add(`${name}.relu2`, relu(), net.add(`${name}.add`, add(), second, shortcut));
    }
  }
  return net.build(net.add('fc', linear({ outFeatures: classes }), net.add('avgpool', globalAvgPool2d(), x)));
}
