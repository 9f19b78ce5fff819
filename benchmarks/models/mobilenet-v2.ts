import { add, batchNorm2d, conv2d, type Graph, GraphBuilder, globalAvgPool2d, linear, relu6 } from '@lockstep/core';

/** Table 2 of the paper: expansion, output channels, repetitions, stride of the first. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** MobileNetV2 (Sandler et al. 2018), without the dropout before its linear layer. */
export function mobilenetV2(size: number, channels: number, classes = 10): Graph {
  const net = new GraphBuilder('mobilenet-v2', [size, size, channels]);
  const normalised = (
    name: string,
    from: string,
    outChannels: number,
    kernelSize: number,
    stride: number,
    groups = 1,
  ): string =>
    net.chain(from, [
      [`${name}.conv`, conv2d({ outChannels, kernelSize, stride, padding: (kernelSize - 1) / 2, groups, bias: false })],
      [`${name}.bn`, batchNorm2d()],
    ]);
  const activated = (
    name: string,
    ...rest: Parameters<typeof normalised> extends [string, ...infer Rest] ? Rest : never
  ): string => net.add(`${name}.relu`, relu6(), normalised(name, ...rest));

  let x = activated('stem', net.input, 32, 3, 2);
  let width = 32;
  for (const [stage, [expansion, outChannels, repetitions, firstStride]] of stages.entries()) {
    for (let block = 0; block < repetitions; block++) {
      const name = `block${stage}.${block}`;
      const stride = block === 0 ? firstStride : 1;
      const hidden = width * expansion;
      const expanded = expansion === 1 ? x : activated(`${name}.expand`, x, hidden, 1, 1);
      const depthwise = activated(`${name}.depthwise`, expanded, hidden, 3, stride, hidden);
      const projected = normalised(`${name}.project`, depthwise, outChannels, 1, 1);
      x = stride === 1 && width === outChannels ? net.add(`${name}.add`, add(), projected, x) : projected;
      width = outChannels;
    }
  }
  x = activated('head', x, 1280, 1, 1);
  return net.build(net.add('classifier', linear({ outFeatures: classes }), net.add('pool', globalAvgPool2d(), x)));
}
