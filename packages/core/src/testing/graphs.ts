import { GraphBuilder, sequential } from '../graph/builder.ts';
import { elements, type Graph } from '../graph/graph.ts';
import { adaptiveAvgPool2d } from '../layers/adaptive-avg-pool2d.ts';
import { adaptiveMaxPool2d } from '../layers/adaptive-max-pool2d.ts';
import { add } from '../layers/add.ts';
import { avgPool2d } from '../layers/avg-pool2d.ts';
import { batchNorm2d } from '../layers/batch-norm2d.ts';
import { concat } from '../layers/concat.ts';
import { convTranspose2d } from '../layers/conv-transpose2d.ts';
import { conv1d } from '../layers/conv1d.ts';
import { conv2d } from '../layers/conv2d.ts';
import { flatten } from '../layers/flatten.ts';
import { globalAvgPool2d } from '../layers/global-avg-pool2d.ts';
import { groupNorm } from '../layers/group-norm.ts';
import { instanceNorm2d } from '../layers/instance-norm2d.ts';
import { layerNorm } from '../layers/layer-norm.ts';
import { layerNorm2d } from '../layers/layer-norm2d.ts';
import { linear } from '../layers/linear.ts';
import { localResponseNorm } from '../layers/local-response-norm.ts';
import { locallyConnected2d } from '../layers/locally-connected2d.ts';
import { lpPool2d } from '../layers/lp-pool2d.ts';
import { maxPool2d } from '../layers/max-pool2d.ts';
import { maxUnpool2d } from '../layers/max-unpool2d.ts';
import { pad2d } from '../layers/pad2d.ts';
import { relu } from '../layers/relu.ts';
import { rmsNorm2d } from '../layers/rms-norm2d.ts';
import { upsample } from '../layers/upsample.ts';
import { crossEntropyLoss } from '../losses/cross-entropy-loss.ts';
import type { OutputLoss } from '../losses/loss.ts';
import { mseLoss } from '../losses/mse-loss.ts';
import type { Batch } from './network.ts';
import { pseudoRandom } from './values.ts';

/** A residual network with batch norm everywhere, small enough to run often. */
export function residual(): Graph {
  const net = new GraphBuilder('residual', [6, 5, 2]);
  const stem = net.chain(net.input, [
    ['conv1', conv2d({ outChannels: 5, kernelSize: 3, padding: 1, bias: false })],
    ['bn1', batchNorm2d()],
    ['relu1', relu()],
  ]);
  const branch = net.chain(stem, [
    ['conv2', conv2d({ outChannels: 5, kernelSize: 3, padding: 1 })],
    ['bn2', batchNorm2d()],
  ]);
  return net.build(
    net.chain(net.add('sum', add(), branch, stem), [
      ['relu2', relu()],
      ['pool', globalAvgPool2d()],
      ['fc', linear({ outFeatures: 3 })],
    ]),
  );
}

/** Wide enough for Winograd's algorithm. */
export const wide = (): Graph =>
  sequential(
    'wide',
    [8, 8, 2],
    [
      ['conv1', conv2d({ outChannels: 16, kernelSize: 3, padding: 1, bias: false })],
      ['bn1', batchNorm2d()],
      ['relu1', relu()],
      ['conv2', conv2d({ outChannels: 17, kernelSize: 3, padding: 1 })],
      ['pool', globalAvgPool2d()],
      ['fc', linear({ outFeatures: 3 })],
    ],
  );

/**
 * Two residual blocks, the second with a convolution and a batch norm on the way around; wide enough for Winograd's algorithm, which
 * adds the input gradient of the first one's to that of the connection.
 */
export function wideResidual(): Graph {
  const net = new GraphBuilder('wideResidual', [8, 8, 2]);
  const conv = (stride = 1) => conv2d({ outChannels: 16, kernelSize: 3, padding: 1, stride, bias: false });
  const stem = net.chain(net.input, [
    ['conv1', conv()],
    ['bn1', batchNorm2d()],
    ['relu1', relu()],
  ]);
  const branch = net.chain(stem, [
    ['conv2', conv()],
    ['bn2', batchNorm2d()],
    ['relu2', relu()],
    ['conv3', conv()],
    ['bn3', batchNorm2d()],
  ]);
  const block = net.chain(net.add('sum1', add(), branch, stem), [['relu3', relu()]]);
  const smaller = net.chain(block, [
    ['conv4', conv(2)],
    ['bn4', batchNorm2d()],
  ]);
  const around = net.chain(block, [
    ['conv5', conv2d({ outChannels: 16, kernelSize: 1, stride: 2 })],
    ['bn5', batchNorm2d()],
  ]);
  return net.build(
    net.chain(net.add('sum2', add(), smaller, around), [
      ['pool', globalAvgPool2d()],
      ['fc', linear({ outFeatures: 3 })],
    ]),
  );
}

/** Convolutions of every kind over maps: padding modes by each algorithm, transposed, locally connected. */
export const convolutions = (): Graph =>
  sequential(
    'convolutions',
    [7, 8, 2],
    [
      ['conv1', conv2d({ outChannels: 16, kernelSize: [2, 3], padding: 'same', paddingMode: 'circular' })],
      ['conv2', conv2d({ outChannels: 17, kernelSize: 3, padding: 1, paddingMode: 'reflect' })],
      ['relu2', relu()],
      ['conv3', conv2d({ outChannels: 16, kernelSize: 1, bias: false })],
      [
        'conv4',
        conv2d({ outChannels: 16, kernelSize: 3, stride: 2, padding: 1, groups: 16, paddingMode: 'replicate' }),
      ],
      ['up', convTranspose2d({ outChannels: 6, kernelSize: 3, stride: 2, groups: 2 })],
      ['pad', pad2d({ padding: [1, 0, 2, 1], mode: 'reflect' })],
      ['local', locallyConnected2d({ outChannels: 5, kernelSize: 3, stride: 3, padding: 1 })],
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 3 })],
    ],
  );

/** Over sequences; short enough for all shards to go through at once. */
export const sequence = (): Graph =>
  sequential(
    'sequence',
    [19, 3],
    [
      ['conv1', conv1d({ outChannels: 8, kernelSize: 5, stride: 2, padding: 2, paddingMode: 'circular' })],
      ['relu1', relu()],
      ['conv2', conv1d({ outChannels: 8, kernelSize: 4, padding: 'same', groups: 8 })],
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 3 })],
    ],
  );

/** Without batch norm, so without meetings. */
export const plain = (): Graph =>
  sequential(
    'plain',
    [6, 5, 2],
    [
      ['conv1', conv2d({ outChannels: 5, kernelSize: 3, padding: 1 })],
      ['relu1', relu()],
      ['pool1', maxPool2d({ kernelSize: 2 })],
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 3 })],
    ],
  );

/** Normalisations of each sample by itself, one of each kind, with parameters and without. */
export const normalised = (): Graph =>
  sequential(
    'normalised',
    [6, 5, 2],
    [
      ['conv1', conv2d({ outChannels: 6, kernelSize: 3, padding: 1 })],
      ['norm1', groupNorm({ numGroups: 3 })],
      ['relu1', relu()],
      ['norm2', layerNorm2d()],
      ['norm3', instanceNorm2d()],
      ['norm4', localResponseNorm({ size: 3, alpha: 1 })],
      ['conv2', conv2d({ outChannels: 5, kernelSize: 3 })],
      ['norm5', layerNorm()],
      ['norm6', rmsNorm2d()],
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 3 })],
    ],
  );
/** Pooled, unpooled and upsampled, in all ways that there are. */
export function resampled(): Graph {
  const net = new GraphBuilder('resampled', [9, 7, 2]);
  const map = net.chain(net.input, [
    ['conv1', conv2d({ outChannels: 5, kernelSize: 3, padding: 1 })],
    ['bn1', batchNorm2d()],
  ]);
  const pool = { kernelSize: 3, stride: 2, padding: 1, ceilMode: true };
  const small = net.chain(map, [
    ['pool', maxPool2d(pool)],
    ['conv2', conv2d({ outChannels: 5, kernelSize: 1 })],
  ]);
  const branches = [
    net.add('unpool', maxUnpool2d(pool), small, map),
    net.add('nearest', upsample({ size: [9, 7] }), small),
    net.add('bilinear', upsample({ size: [9, 7], mode: 'bilinear' }), small),
  ];
  return net.build(
    net.chain(net.add('branches', concat(), ...branches), [
      ['average', avgPool2d({ kernelSize: 3, stride: 2, padding: 1, countIncludePad: false })],
      ['norm', lpPool2d({ kernelSize: 2, stride: 1, normType: 2 })],
      ['adaptive', adaptiveAvgPool2d({ outputSize: [3, 2] })],
      ['largest', adaptiveMaxPool2d({ outputSize: 2 })],
      ['flatten', flatten()],
      ['fc', linear({ outFeatures: 3 })],
    ]),
  );
}

/** A class, the same again from an earlier layer, which is used further on as well, and a picture. */
export function withHeads(): Graph {
  const net = new GraphBuilder('heads', [4, 3, 2]);
  const stem = net.chain(net.input, [
    ['conv1', conv2d({ outChannels: 4, kernelSize: 3, padding: 1, bias: false })],
    ['bn1', batchNorm2d()],
  ]);
  const side = net.chain(stem, [
    ['sidePool', globalAvgPool2d()],
    ['side', linear({ outFeatures: 3 })],
  ]);
  const classes = net.chain(stem, [
    ['flatten', flatten()],
    ['fc', linear({ outFeatures: 3 })],
  ]);
  const picture = net.add('picture', conv2d({ outChannels: 2, kernelSize: 1 }), stem);
  return net.build(net.add('sum', add(), classes, side), side, picture);
}

/** What {@link withHeads} is trained by. */
export const heads: readonly OutputLoss[] = [
  { output: 'sum', loss: crossEntropyLoss({ labelSmoothing: 0.1, weight: [0.5, 2, 1.25] }) },
  { output: 'side', loss: crossEntropyLoss(), weight: 0.3, auxiliary: true },
  { output: 'picture', loss: mseLoss(), weight: 0.7 },
];

export function batchForHeads(samples: number): Batch {
  const batch = batchFor(withHeads(), samples);
  return { ...batch, targets: { sum: batch.labels, picture: pseudoRandom(samples * 24, 9) } };
}

export function batchFor(graph: Graph, samples: number, seed = 1): Batch {
  const labels = Array.from({ length: samples }, (_, i) => (7 * i) % 3);
  const values = graph.inputs.map(
    ({ name, shape }, i) => [name, pseudoRandom(samples * elements(shape), seed + 100 * i)] as const,
  );
  return { inputs: Object.fromEntries(values), labels };
}
