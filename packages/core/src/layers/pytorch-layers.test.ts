import { describe, expect, it } from 'vitest';
import type { Shape } from '../graph/graph.ts';
import { drawsOf } from '../testing/draws.ts';
import { expectAsPyTorch, type LayerCase } from '../testing/layer-oracle.ts';
import { randomResamplings } from '../testing/random-resampling.ts';
import { add } from './add.ts';
import { batchNorm1d } from './batch-norm1d.ts';
import { batchNorm2d } from './batch-norm2d.ts';
import { concat } from './concat.ts';
import { flatten } from './flatten.ts';
import { gelu } from './gelu.ts';
import { globalAvgPool2d } from './global-avg-pool2d.ts';
import { groupNorm } from './group-norm.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSwish } from './hard-swish.ts';
import { instanceNorm2d } from './instance-norm2d.ts';
import { layerNorm } from './layer-norm.ts';
import { layerNorm2d } from './layer-norm2d.ts';
import { leakyRelu } from './leaky-relu.ts';
import { localResponseNorm } from './local-response-norm.ts';
import { multiply } from './multiply.ts';
import { padChannels } from './pad-channels.ts';
import { prelu } from './prelu.ts';
import { layerOps } from './registry.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';
import { rmsNorm } from './rms-norm.ts';
import { rmsNorm2d } from './rms-norm2d.ts';
import { sigmoid } from './sigmoid.ts';
import { silu } from './silu.ts';
import { softmax } from './softmax.ts';
import { tanh } from './tanh.ts';

/**
 * Single layers against PyTorch (Debian's, in float64), forward and backward: see goldens/layers.py. The bound is of the
 * largest difference of any element, relative to the tensor's largest; all agree to 9e-7. Upsampling has places between pixels
 * in float32, there as here, and 1e-6 is a rounding of the seventeenth pixel's.
 */
const toleranceOf = (op: string): number => (op === 'upsample' ? 5e-6 : 2e-6);

const map: Shape = [5, 3, 7];
const cases: readonly LayerCase[] = [
  ...[relu(), relu6(), leakyRelu(), leakyRelu({ negativeSlope: 0.3 }), hardSigmoid(), hardSwish(), sigmoid()],
  ...[tanh(), silu(), gelu(), gelu({ approximate: 'tanh' }), softmax(), prelu(), prelu({ numParameters: 7 })],
].flatMap((call): LayerCase[] => [
  [call, map],
  [call, [7]],
]);
const norms: typeof cases = [
  ...[layerNorm(), layerNorm({ elementwiseAffine: false, eps: 0.1 }), layerNorm2d(), rmsNorm(), rmsNorm2d()],
  ...[rmsNorm({ eps: 0.1 }), groupNorm({ numGroups: 7 }), groupNorm({ numGroups: 1, affine: false, eps: 0.1 })],
  ...[instanceNorm2d(), instanceNorm2d({ affine: true, eps: 0.1 }), localResponseNorm({ size: 5 })],
  ...[localResponseNorm({ size: 4, alpha: 2, k: 0.5 }), localResponseNorm({ size: 9, alpha: 1, beta: 1.3, k: 2 })],
].map((call): LayerCase => [call, map]);
const otherNorms: typeof cases = [
  [groupNorm({ numGroups: 3 }), [3, 2, 12]],
  [groupNorm({ numGroups: 3 }), [12]],
  [layerNorm(), [19]],
  [rmsNorm({ elementwiseAffine: false }), [19]],
];
const joining: typeof cases = [
  [multiply(), map, map],
  [multiply(), [19], [19]],
  [multiply(), map, [7]],
  [concat(), map, [5, 3, 1], [5, 3, 4]],
  [concat(), [4], [9]],
  [padChannels({ before: 2, after: 3 }), map],
];

const { integer, pair, uniform, pick } = drawsOf(1);

/** An activation of each kind, of values in any shape. */
const randomActivations = (): LayerCase[] => {
  const shape = (): Shape => pick([[...pair(1, 6), integer(1, 20)], [integer(1, 40)]]);
  const channels = integer(2, 20);
  return [
    ...[relu(), relu6(), leakyRelu({ negativeSlope: uniform(0, 1) }), hardSigmoid(), hardSwish(), sigmoid(), tanh()],
    ...[silu(), gelu(), gelu({ approximate: 'tanh' }), softmax(), prelu()],
  ]
    .map((call): LayerCase => [call, shape()])
    .concat([[prelu({ numParameters: channels }), [...pair(1, 6), channels]]]);
};

/** A normalisation of each kind, of maps of any shape; of several pixels and channels, since one alone becomes 0. */
const randomNorms = (): LayerCase[] => {
  const size = (): [number, number] => pair(2, 6);
  const eps = 10 ** uniform(-5, -1);
  const groups = integer(1, 4);
  const channels = integer(2, 20);
  const response = { alpha: uniform(0, 2), beta: uniform(0.2, 1.5), k: uniform(0.5, 2) };
  const affine = integer(0, 1) === 1;
  return [
    [batchNorm1d({ eps, momentum: uniform(0.1, 1) }), [channels]],
    [batchNorm2d({ eps, momentum: uniform(0.1, 1) }), [...size(), channels]],
    [groupNorm({ numGroups: groups, eps, affine }), [...size(), groups * integer(1, 6)]],
    [instanceNorm2d({ eps, affine }), [...size(), channels]],
    [layerNorm({ eps, elementwiseAffine: affine }), pick([[...size(), channels], [channels]])],
    [layerNorm2d({ eps, elementwiseAffine: affine }), [...size(), channels]],
    [rmsNorm({ eps, elementwiseAffine: affine }), pick([[...size(), channels], [channels]])],
    [rmsNorm2d({ eps, elementwiseAffine: affine }), [...size(), channels]],
    [localResponseNorm({ size: integer(1, 9), ...response }), [...size(), channels]],
  ];
};

const randomJoins = (): LayerCase[] => {
  const shape: Shape = [...pair(1, 6), integer(1, 20)];
  const [height, width, channels] = shape;
  const others = Array.from({ length: integer(1, 3) }, (): Shape => [height!, width!, integer(1, 9)]);
  return [
    [add(), shape, shape],
    [multiply(), shape, shape],
    [multiply(), shape, [channels!]],
    [concat(), shape, ...others],
    [padChannels({ before: integer(0, 5), after: integer(1, 5) }), shape],
    [flatten(), shape],
    [globalAvgPool2d(), shape],
  ];
};

const times = <T>(count: number, draw: () => readonly T[]): T[] => Array.from({ length: count }, draw).flat();
const activations = new Set([...cases, ...times(3, randomActivations)]);
const all = [
  ...activations,
  ...[...norms, ...times(4, randomNorms)],
  ...[...otherNorms, ...joining, ...times(3, randomJoins), ...randomResamplings(72)],
];

/** Softmax's, the products' and the resamplings' gradients would be next to 0 for large values. */
const limitsOf = (entry: LayerCase) => ({ scale: activations.has(entry) ? 6 : 2, tolerance: toleranceOf(entry[0].op) });

describe('PyTorch, live', () => {
  it('agrees in every layer, forward and backward', { timeout: 120_000 }, ({ skip }) => {
    const script = new URL('../goldens/layers.py', import.meta.url);
    if (!expectAsPyTorch(script, all, limitsOf)) skip('there is no PyTorch (Debian: python3-torch) to compare with');
  });

  it('is asked about every layer that it has', () => {
    const without = ['dropout', 'stochasticDepth']; // of chance, which is not PyTorch's
    const elsewhere = ['conv1d', 'conv2d', 'convTranspose2d', 'linear', 'locallyConnected2d', 'pad2d']; // pytorch-convolutions.test.ts
    const asked = new Set([...all.map(([{ op }]) => op), ...without, ...elsewhere]);
    expect([...asked].sort()).toEqual(layerOps().sort());
  });
});
