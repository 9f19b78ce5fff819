import { type Chain, GraphBuilder } from '../graph/builder.ts';
import { add } from '../layers/add.ts';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { padChannels } from '../layers/pad-channels.ts';
import { relu } from '../layers/relu.ts';
import { convolution, squeezeExcitation } from './blocks.ts';
import { byName, cifar, imageNet, type ModelDefinition, type ModelFamily } from './definition.ts';

const paper = 'He et al. 2015, 1512.03385';

interface Setting {
  /** Of each stage; each stage but the first halves the map, and has twice as many channels. */
  readonly blocks: readonly number[];
  /** Channels of the first stage. */
  readonly width: number;
  /** Blocks of a 1×1, a 3×3 and a 1×1 convolution, rather than of two of 3×3: the last has four times as many channels. */
  readonly bottleneck?: {
    /** Channels of the 3×3 convolution, for each of the stage's; and its groups. */
    readonly widening?: number;
    readonly groups?: number;
  };
  /**
   * The ways around the blocks (section 4.1 of the paper): `A` has zeros for the channels that are more, `B` a convolution where
   * the shape changes, `C` a convolution everywhere. Without, a plain network.
   */
  readonly shortcut?: 'A' | 'B' | 'C' | 'none';
  /** What squeeze-and-excitation divides the channels by, if a block ends with it. */
  readonly reduction?: number;
}

/** Table 1 of the paper: a 7×7 stem and four stages. Named as torchvision's, and like those halves the map in the 3×3 convolution. */
const resnet = (setting: Setting, name: string): ModelDefinition => ({
  original: imageNet(224),
  paper,
  build: ({ inputShape, classes }) => {
    const net = new GraphBuilder(name, inputShape);
    const stem = net.chain(net.input, [
      ['conv1', convolution(64, 7, 2)],
      ['bn1', batchNorm2d()],
      ['relu', relu()],
      ['maxpool', maxPool2d({ kernelSize: 3, stride: 2, padding: 1 })],
    ]);
    return net.build(residualStages(net, stem, setting, classes));
  },
});

/** The same paper's networks for pictures of 32×32 (section 4.2): 6n + 2 layers in three stages of 16, 32 and 64 channels. */
const resnetCifar = (setting: Setting, name: string): ModelDefinition => ({
  original: cifar,
  paper,
  build: ({ inputShape, classes }) => {
    const net = new GraphBuilder(name, inputShape);
    const stem = net.chain(net.input, [
      ['conv1', convolution(16, 3)],
      ['bn1', batchNorm2d()],
      ['relu', relu()],
    ]);
    return net.build(residualStages(net, stem, setting, classes));
  },
});

function residualStages(net: GraphBuilder, stem: string, setting: Setting, classes: number): string {
  let x = stem;
  let channels = setting.width;
  setting.blocks.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      const halves = stage > 0 && block === 0;
      const place = {
        name: `layer${stage + 1}.${block}`,
        channels,
        width: setting.width * 2 ** stage,
        stride: halves ? 2 : 1,
      };
      x = residualBlock(net, x, place, setting);
      channels = place.width * (setting.bottleneck ? 4 : 1);
    }
  });
  return net.chain(x, [
    ['avgpool', globalAvgPool2d()],
    ['fc', linear({ outFeatures: classes })],
  ]);
}

/** A block's place in the network: its name, the channels before it, those of its stage, and its stride. */
interface Place {
  readonly name: string;
  readonly channels: number;
  readonly width: number;
  readonly stride: number;
}

function residualBlock(net: GraphBuilder, input: string, place: Place, setting: Setting): string {
  const { name, width } = place;
  const { bottleneck, reduction, shortcut = 'B' } = setting;
  const outChannels = width * (bottleneck ? 4 : 1);
  let residual = net.chain(input, bottleneck ? bottleneckLayers(place, bottleneck) : basicLayers(place));
  if (reduction !== undefined) {
    const squeezed = outChannels / reduction;
    residual = squeezeExcitation(net, `${name}.se`, residual, { channels: outChannels, squeezed });
  }
  const sum =
    shortcut === 'none'
      ? residual
      : net.add(`${name}.add`, add(), residual, net.chain(input, around(shortcut, place, outChannels)));
  return net.add(`${name}.relu${bottleneck ? 3 : 2}`, relu(), sum);
}

const basicLayers = ({ name, width, stride }: Place): Chain => [
  [`${name}.conv1`, convolution(width, 3, stride)],
  [`${name}.bn1`, batchNorm2d()],
  [`${name}.relu1`, relu()],
  [`${name}.conv2`, convolution(width, 3)],
  [`${name}.bn2`, batchNorm2d()],
];

const bottleneckLayers = (
  { name, width, stride }: Place,
  { widening = 1, groups = 1 }: NonNullable<Setting['bottleneck']>,
): Chain => [
  [`${name}.conv1`, convolution(width * widening, 1)],
  [`${name}.bn1`, batchNorm2d()],
  [`${name}.relu1`, relu()],
  [`${name}.conv2`, convolution(width * widening, 3, stride, groups)],
  [`${name}.bn2`, batchNorm2d()],
  [`${name}.relu2`, relu()],
  [`${name}.conv3`, convolution(width * 4, 1)],
  [`${name}.bn3`, batchNorm2d()],
];

function around(kind: 'A' | 'B' | 'C', { name, channels, stride }: Place, outChannels: number): Chain {
  const fits = stride === 1 && channels === outChannels;
  if (fits && kind !== 'C') return [];
  if (kind !== 'A') {
    return [
      [`${name}.downsample.0`, convolution(outChannels, 1, stride)],
      [`${name}.downsample.1`, batchNorm2d()],
    ];
  }
  return [
    [`${name}.downsample.0`, avgPool2d({ kernelSize: 1, stride })],
    [`${name}.downsample.1`, padChannels({ after: outChannels - channels })],
  ];
}

const table1 = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3] };

const imageNetSettings: Readonly<Record<string, Setting>> = {
  resnet18: { blocks: table1[18], width: 64 },
  resnet34: { blocks: table1[34], width: 64 },
  'resnet34-a': { blocks: table1[34], width: 64, shortcut: 'A' },
  'resnet34-c': { blocks: table1[34], width: 64, shortcut: 'C' },
  resnet50: { blocks: table1[50], width: 64, bottleneck: {} },
  resnet101: { blocks: table1[101], width: 64, bottleneck: {} },
  resnet152: { blocks: table1[152], width: 64, bottleneck: {} },
  plain18: { blocks: table1[18], width: 64, shortcut: 'none' },
  plain34: { blocks: table1[34], width: 64, shortcut: 'none' },
};

/** 6n + 2 layers, with each kind of shortcut and without; the plain ones are the loss-landscape paper's networks without shortcuts. */
const cifarSettings = Object.fromEntries(
  [20, 32, 44, 56, 110].flatMap((depth): [string, Setting][] => {
    const n = (depth - 2) / 6;
    const setting = { blocks: [n, n, n], width: 16 };
    return [
      [`resnet${depth}`, setting],
      [`resnet${depth}-a`, { ...setting, shortcut: 'A' }],
      [`resnet${depth}-c`, { ...setting, shortcut: 'C' }],
      [`plain${depth}`, { ...setting, shortcut: 'none' }],
    ];
  }),
);

const from = (cited: string, models: ModelFamily): ModelFamily =>
  Object.fromEntries(Object.entries(models).map(([name, model]) => [name, { ...model, paper: cited }]));

export const resnets: ModelFamily = {
  ...byName(imageNetSettings, resnet),
  ...byName(cifarSettings, resnetCifar),
  ...from(
    'Xie et al. 2016, 1611.05431',
    byName({ 'resnext50-32x4d': { blocks: table1[50], width: 64, bottleneck: { widening: 2, groups: 32 } } }, resnet),
  ),
  ...from(
    'Zagoruyko and Komodakis 2016, 1605.07146',
    byName({ 'wide-resnet50-2': { blocks: table1[50], width: 64, bottleneck: { widening: 2 } } }, resnet),
  ),
  ...from(
    'Hu et al. 2017, 1709.01507',
    byName({ 'se-resnet50': { blocks: table1[50], width: 64, bottleneck: {}, reduction: 16 } }, resnet),
  ),
};
