import { type Chain, GraphBuilder, type LayerCall } from '../graph/builder.ts';
import { add } from '../layers/add.ts';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { concat } from '../layers/concat.ts';
import { conv2d } from '../layers/conv2d.ts';
import { dropout } from '../layers/dropout.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { linear } from '../layers/linear.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { pad2d } from '../layers/pad2d.ts';
import { relu } from '../layers/relu.ts';
import { convolution, kaimingNormal, zero } from './blocks.ts';
import { byName, cifar, imageNet, type ModelDefinition, type ModelFamily, type ModelOptions } from './definition.ts';

type Operation = 'identity' | 'avg 3x3' | 'max 3x3' | 'sep 3x3' | 'sep 5x5' | 'sep 7x7';
/** `h` is the cell's input, `p` that of the cell before; a number is what that block of this cell has made. */
type Source = 'h' | 'p' | 0 | 1;
type Block = readonly [left: readonly [Source, Operation], right: readonly [Source, Operation]];

interface CellKind {
  /** The two operations whose results each block adds up. */
  readonly blocks: readonly Block[];
  /** What the cell's output has, one behind the other: its blocks, and `p`. */
  readonly output: readonly ('p' | number)[];
  readonly stride: 1 | 2;
}

/** Figure 4 of the paper. */
const normalCell: CellKind = {
  blocks: [
    [['h', 'sep 5x5'], ['p', 'sep 3x3']],
    [['p', 'sep 5x5'], ['p', 'sep 3x3']],
    [['h', 'avg 3x3'], ['p', 'identity']],
    [['p', 'avg 3x3'], ['p', 'avg 3x3']],
    [['h', 'sep 3x3'], ['h', 'identity']],
  ], // biome-ignore format: as a table
  output: ['p', 0, 1, 2, 3, 4],
  stride: 1,
};
const reductionCell: CellKind = {
  blocks: [
    [['h', 'sep 5x5'], ['p', 'sep 7x7']],
    [['h', 'max 3x3'], ['p', 'sep 7x7']],
    [['h', 'avg 3x3'], ['p', 'sep 5x5']],
    [[1, 'identity'], [0, 'avg 3x3']],
    [[0, 'sep 3x3'], ['h', 'max 3x3']],
  ], // biome-ignore format: as a table
  output: [1, 2, 3, 4],
  stride: 2,
};

interface Setting {
  /** Cells of each of the three stages: the N of the paper's N @ P. */
  readonly cells: number;
  /** Of the first stage; P is 24 times as many. */
  readonly filters: number;
  readonly stem: { readonly channels: number; readonly halves: boolean };
  /** Added to the variance in batch norm. */
  readonly eps: number;
  readonly dropout: number;
  readonly original: ModelOptions;
}

const settings: Readonly<Record<string, Setting>> = {
  'nasnet-a-mobile': {
    cells: 4,
    filters: 44,
    stem: { channels: 32, halves: true },
    eps: 0.001,
    dropout: 0.5,
    original: imageNet(224),
  },
  'nasnet-a-cifar': {
    cells: 6,
    filters: 32,
    stem: { channels: 96, halves: false },
    eps: 1e-5,
    dropout: 0,
    original: cifar,
  },
};

/** A map in the graph, its channels, and how often its picture has been halved. */
interface State {
  readonly map: string;
  readonly channels: number;
  readonly halvings: number;
}

/**
 * NASNet-A 4 @ 1056 for ImageNet and 6 @ 768 for CIFAR, as in the authors' implementation (tensorflow/models, slim/nets/nasnet), and
 * named as in timm. Without the auxiliary head of their training, which published counts are without, and without ScheduledDropPath,
 * whose probability grows from step to step; a convolution that halves a map has its padding on both sides, as everywhere in PyTorch,
 * where theirs begins with a pixel less on maps of even sizes.
 */
const nasnet = ({ cells, filters, stem, eps, dropout: p, original }: Setting, name: string): ModelDefinition => ({
  original,
  paper: 'Zoph et al. 2017, 1707.07012',
  build: ({ inputShape, classes }) => {
    const net = new GraphBuilder(name, inputShape);
    const norm = (): LayerCall => batchNorm2d({ eps });
    const { channels, halves } = stem;
    const first = halves
      ? conv2d({ outChannels: channels, kernelSize: 3, stride: 2, bias: false, initialisation: kaimingNormal })
      : convolution(channels, 3);
    let current: State = {
      map: net.chain(net.input, [
        ['conv0.conv', first],
        ['conv0.bn', norm()],
      ]),
      channels,
      halvings: 0,
    };
    let before: State | undefined;
    const next = (name: string, kind: CellKind, channels: number): void => {
      [before, current] = [current, addCell({ net, name, channels, norm }, kind, current, before)];
    };
    if (halves) {
      next('cell_stem_0', reductionCell, filters / 4);
      next('cell_stem_1', reductionCell, filters / 2);
    }
    for (let stage = 0; stage < 3; stage++) {
      const width = filters * 2 ** stage;
      if (stage > 0) next(`reduction_cell_${stage - 1}`, reductionCell, width);
      for (let i = 0; i < cells; i++) next(`cell_${stage * cells + i}`, normalCell, width);
    }
    return net.build(
      net.chain(current.map, [
        ['act', relu()],
        ['global_pool', globalAvgPool2d()],
        ...(p > 0 ? ([['dropout', dropout({ p })]] as const) : []),
        ['last_linear', linear({ outFeatures: classes, initialisation: kaimingNormal, biasInitialisation: zero })],
      ]),
    );
  },
});

/** A cell's: the graph that it is added to, its name, the channels of each of its maps, and its batch norm. */
interface Cell {
  readonly net: GraphBuilder;
  readonly name: string;
  readonly channels: number;
  readonly norm: () => LayerCall;
}

function addCell(cell: Cell, { blocks, output, stride }: CellKind, input: State, before = input): State {
  const { net, name, channels } = cell;
  const { halvings } = input;
  const h = net.chain(input.map, [[`${name}.conv_1x1.act`, relu()], ...projection(cell, 'conv_1x1')]);
  const states = new Map<string | number, State>([
    ['h', { map: h, channels, halvings }],
    ['p', before === input ? input : fitted(cell, before, halvings)],
  ]);
  const made = { channels, halvings: halvings + stride - 1 };
  blocks.forEach((block, i) => {
    const sides = block.map(([source, operation], side) => {
      const from = states.get(source)!;
      const at = `comb_iter_${i}_${side === 0 ? 'left' : 'right'}`;
      // What the cell itself has made is halved already.
      return net.chain(
        from.map,
        operations(cell, at, operation, from.channels, typeof source === 'string' ? stride : 1),
      );
    });
    states.set(i, { map: net.add(`${name}.comb_iter_${i}`, add(), ...sides), ...made });
  });
  const parts = output.map((source) => {
    const state = states.get(source)!;
    return net.chain(state.map, state.channels === channels ? [] : projection(cell, 'reduction'));
  });
  return { ...made, map: net.add(`${name}.concat`, concat(), ...parts), channels: parts.length * channels };
}

const projection = ({ name, channels, norm }: Cell, at: string): Chain => [
  [`${name}.${at}.conv`, convolution(channels, 1)],
  [`${name}.${at}.bn`, norm()],
];

/** An operation of a block. Of other channels than the cell's, which only the first cell's input has, a projection is part of it. */
function operations(cell: Cell, at: string, operation: Operation, inChannels: number, stride: number): Chain {
  const projected = inChannels === cell.channels ? [] : projection(cell, at);
  const around = { kernelSize: 3, stride, padding: 1 };
  switch (operation) {
    case 'identity':
      return projected.length > 0 ? [[`${cell.name}.${at}.act`, relu()], ...projected] : [];
    case 'avg 3x3':
      return [[`${cell.name}.${at}.pool`, avgPool2d({ ...around, countIncludePad: false })], ...projected];
    case 'max 3x3':
      return [[`${cell.name}.${at}.pool`, maxPool2d(around)], ...projected];
    default: {
      const kernelSize = Number(operation.at(-1));
      return [
        ...separable(cell, at, 1, kernelSize, inChannels, stride),
        ...separable(cell, at, 2, kernelSize, cell.channels),
      ];
    }
  }
}

function separable(
  { name, channels, norm }: Cell,
  at: string,
  time: number,
  kernelSize: number,
  inChannels: number,
  stride = 1,
): Chain {
  const layer = `${name}.${at}.separable_${time}`;
  return [
    [`${name}.${at}.act_${time}`, relu()],
    [`${layer}.depthwise_conv2d`, depthwise(inChannels, kernelSize, stride)],
    [`${layer}.pointwise_conv2d`, convolution(channels, 1)],
    [`${name}.${at}.bn_sep_${time}`, norm()],
  ];
}

/** Started by its outputs, as everything here, of which TensorFlow counts those of one channel. */
const depthwise = (channels: number, kernelSize: number, stride: number): LayerCall =>
  conv2d({
    outChannels: channels,
    kernelSize,
    stride,
    padding: (kernelSize - 1) / 2,
    groups: channels,
    bias: false,
    initialisation: { kind: 'normal', deviation: Math.SQRT2 / kernelSize },
  });

/**
 * The input of the cell before as one of this cell's. Where its map is twice as large, half of the channels are made of every other
 * pixel, and half of those between: so the stride leaves none out.
 */
function fitted(cell: Cell, state: State, halvings: number): State {
  const { net, name, channels, norm } = cell;
  if (state.halvings === halvings && state.channels === channels) return state;
  const activated = net.add(`${name}.prev_act`, relu(), state.map);
  if (state.halvings === halvings) {
    return { map: net.chain(activated, projection(cell, 'conv_prev_1x1')), channels, halvings };
  }
  const half = (path: string): Chain => [
    [`${name}.${path}.avgpool`, avgPool2d({ kernelSize: 1, stride: 2 })],
    [`${name}.${path}.conv`, convolution(channels / 2, 1)],
  ];
  const joined = net.branches(`${name}.paths`, activated, [
    half('path_1'),
    [[`${name}.path_2.pad`, pad2d({ padding: [-1, 1, -1, 1] })], ...half('path_2')],
  ]);
  return { map: net.add(`${name}.final_path_bn`, norm(), joined), channels, halvings };
}

export const nasnets: ModelFamily = byName(settings, nasnet);
