import { describe, expect, it } from 'vitest';
import { abi } from './abi.ts';
import { KernelError, type KernelErrorCode } from './errors.ts';
import { Kernels } from './kernels.ts';
import { createMemory, slackBytes } from './memory.ts';
import { kernelBuilds, kernelModule } from './module.ts';
import { adagrad } from './ops/adagrad.ts';
import { adam } from './ops/adam.ts';
import { addBias } from './ops/add-bias.ts';
import {
  batchNormApply,
  batchNormBackwardApply,
  batchNormBackwardSums,
  batchNormCombine,
  batchNormFinish,
  batchNormInverse,
  batchNormParameterGradient,
  batchNormScratchFloats,
  batchNormStatistics,
  treeSumDouble,
} from './ops/batch-norm.ts';
import { bceWithLogitsLoss } from './ops/bce-with-logits-loss.ts';
import { blend, blendConstant } from './ops/blend.ts';
import { blendGrey } from './ops/blend-grey.ts';
import { byteExtremes } from './ops/byte-extremes.ts';
import { byteSum } from './ops/byte-sum.ts';
import { allocateConvolution, Convolution } from './ops/convolution.ts';
import { convolutionGeometry } from './ops/convolution-geometry.ts';
import { copyColumns } from './ops/copy-columns.ts';
import { copyRows } from './ops/copy-rows.ts';
import { dropout, dropoutScratchBytes } from './ops/dropout.ts';
import { transposePlanes } from './ops/flatten.ts';
import { flipHorizontal, flipVertical } from './ops/flip.ts';
import { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from './ops/gelu.ts';
import { desaturate, grey } from './ops/grey.ts';
import { groupNormBackward, groupNormForward, groupNormScratchFloats } from './ops/group-norm.ts';
import { hardSigmoidBackward, hardSigmoidForward } from './ops/hard-sigmoid.ts';
import { hardSwishBackward, hardSwishForward } from './ops/hard-swish.ts';
import { histogram } from './ops/histogram.ts';
import { lars } from './ops/lars.ts';
import { layerNormBackward, layerNormForward, layerNormParameterGradient } from './ops/layer-norm.ts';
import { leakyReluBackward, leakyReluForward } from './ops/leaky-relu.ts';
import { lion } from './ops/lion.ts';
import {
  localResponseNormBackward,
  localResponseNormForward,
  localResponseNormScratchFloats,
} from './ops/local-response-norm.ts';
import { allocateLocallyConnected, LocallyConnected } from './ops/locally-connected.ts';
import { lookUp } from './ops/look-up.ts';
import { lpPoolBackward, lpPoolForward } from './ops/lp-pool.ts';
import { matmul, matmulScratchFloats } from './ops/matmul.ts';
import { maxUnpoolBackward, maxUnpoolForward } from './ops/max-unpool.ts';
import { mseLoss } from './ops/mse-loss.ts';
import { multiply, multiplyChannels, multiplyChannelsGradient } from './ops/multiply.ts';
import { normalise } from './ops/normalise.ts';
import { type Pad2dGeometry, type Pad2dMode, pad2dBackward, pad2dForward, pad2dModes } from './ops/pad2d.ts';
import { philox } from './ops/philox.ts';
import { averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward } from './ops/pool.ts';
import { adaptivePoolGeometry, type PoolGeometry, poolGeometry } from './ops/pool-geometry.ts';
import { posterize } from './ops/posterize.ts';
import { preluBackward, preluForward, preluParameterGradient } from './ops/prelu.ts';
import { add, columnSums, treeSum } from './ops/reduce.ts';
import { reluBackward, reluForward } from './ops/relu.ts';
import { relu6Backward, relu6Forward } from './ops/relu6.ts';
import { affineBilinear, affineNearest, perspectiveBilinear, perspectiveNearest } from './ops/resample.ts';
import { resizeColumns, resizeRows } from './ops/resize.ts';
import { rmsprop } from './ops/rmsprop.ts';
import { scaleBytes } from './ops/scale-bytes.ts';
import { sgd } from './ops/sgd.ts';
import { sigmoidBackward, sigmoidForward } from './ops/sigmoid.ts';
import { siluBackward, siluForward } from './ops/silu.ts';
import { smooth } from './ops/smooth.ts';
import { softMarginLoss } from './ops/soft-margin-loss.ts';
import { softmaxBackward, softmaxForward } from './ops/softmax.ts';
import { softmax, softmaxCrossEntropy } from './ops/softmax-cross-entropy.ts';
import { solarize, solarizeAdd } from './ops/solarize.ts';
import { squareSum } from './ops/square-sum.ts';
import { tanhBackward, tanhForward } from './ops/tanh.ts';
import { turnHue } from './ops/turn-hue.ts';
import {
  type UpsampleGeometry,
  type UpsampleShape,
  upsampleBackward,
  upsampleForward,
  upsampleGeometry,
} from './ops/upsample.ts';
import { type AbiCase, elementBytes, type Ground, place, placeOn } from './testing/abi-case.ts';
import { abiConvolutionCases } from './testing/abi-convolution-cases.ts';
import { type Arena, arenaOf } from './testing/arena.ts';
import { Workspace } from './workspace.ts';

const pool = (c: Record<string, number>): PoolGeometry =>
  poolGeometry({
    height: c.height!,
    width: c.width!,
    channels: c.channels!,
    kernelSize: [c.kernelHeight!, c.kernelWidth!],
    stride: [c.stride!, c.stride!],
    padding: [c.padding!, c.padding!],
    dilation: [c.dilation ?? 1, c.dilation ?? 1],
  });
const poolCounts = {
  height: 4,
  width: 6,
  channels: 3,
  kernelHeight: 2,
  kernelWidth: 2,
  stride: 2,
  padding: 0,
  images: 2,
};
const [poolIn, poolOut] = [2 * 4 * 6 * 3, 2 * 2 * 3 * 3];
const adaptive = (c: Record<string, number>): PoolGeometry =>
  adaptivePoolGeometry({ height: c.height!, width: c.width!, channels: c.channels! }, [
    c.outputHeight!,
    c.outputWidth!,
  ]);
const pad = (c: Record<string, number>, mode: Pad2dMode): Pad2dGeometry => ({
  height: c.height!,
  width: c.width!,
  channels: c.channels!,
  border: {
    top: c.top ?? padBorder.top,
    bottom: c.bottom ?? padBorder.bottom,
    left: c.left ?? padBorder.left,
    right: c.right ?? padBorder.right,
  },
  mode,
});
/** A constant border may be negative. */
const padBorder = { top: 1, bottom: 2, left: 2, right: 1 };
const padCounts = (mode: Pad2dMode) => ({
  ...{ height: 3, width: 4, channels: 3, images: 2 },
  ...(mode === 'constant' ? {} : padBorder),
});
const upsample = (c: Record<string, number>, mode: UpsampleShape['mode']): UpsampleGeometry => {
  const size = [c.outputHeight!, c.outputWidth!] as const;
  return upsampleGeometry({ height: c.height!, width: c.width!, channels: c.channels!, size, mode });
};
const upsampleCounts = { height: 2, width: 3, channels: 3, outputHeight: 5, outputWidth: 4, images: 2 };
const vectors = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 5]));
const step = { samples: 1, learningRate: 1, momentum: 0, weightDecay: 0, nesterov: false };
const adamStep = { ...step, beta1: 0, beta2: 0, eps: 1, correction1: 1, correction2: 1, decoupledWeightDecay: 0 };
const update = (at: Record<string, number>) => ({
  parameters: at.parameters!,
  nextParameters: at.nextParameters!,
  gradient: at.gradient!,
});

const geometry = convolutionGeometry({
  height: 3,
  width: 3,
  inChannels: 2,
  outChannels: 5,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
});
const prelu = (c: Record<string, number>, slopes: 'shared' | 'channels') => ({
  rows: c.rows!,
  channels: c.channels!,
  slopes,
});

const rowSize = (c: Record<string, number>) => ({ rows: c.rows!, length: c.length!, centred: true });
const rowVectors = (at: Record<string, number>) => ({ weight: at.weight!, mean: at.mean!, inverse: at.inverse! });
const groupRegions = { weight: 6, bias: 6, mean: 4, inverse: 4, scratch: groupNormScratchFloats(6) / 2 };
const groupSize = (c: Record<string, number>) => ({
  images: c.images!,
  pixels: c.pixels!,
  channels: c.channels!,
  groups: c.groups!,
});
const groupVectors = (at: Record<string, number>) => ({ ...rowVectors(at), bias: at.bias!, scratch: at.scratch! });

const responseSize = (c: Record<string, number>) => ({
  rows: c.rows!,
  channels: c.channels!,
  size: c.size!,
  alpha: 1,
  beta: 0.75,
  k: 1,
});

type Forward = (k: Kernels, x: number, y: number, length: number) => void;
type Backward = (k: Kernels, kept: number, dy: number, dx: number, length: number) => void;
const activationCases = (activations: Record<string, readonly [Forward, Backward]>): AbiCase[] =>
  Object.entries(activations).flatMap(([name, [forward, backward]]): AbiCase[] => [
    {
      op: `${name}Forward`,
      regions: { x: 9, y: 9 },
      counts: { length: 9 },
      call: ({ k }, at, c) => forward(k, at.x!, at.y!, c.length!),
    },
    {
      op: `${name}Backward`,
      regions: { kept: 9, dy: 9, dx: 9 },
      counts: { length: 9 },
      call: ({ k }, at, c) => backward(k, at.kept!, at.dy!, at.dx!, c.length!),
    },
  ]);

const sizeOf = (c: Record<string, number>) => ({ height: c.height!, width: c.width!, channels: c.channels! });
const pixelwise = { regions: { x: 15, y: 15 }, bytes: ['x', 'y'], counts: { pixels: 5, channels: 3 } };
const sized = { regions: { x: 36, y: 36 }, bytes: ['x', 'y'], counts: { height: 3, width: 4, channels: 3 } };
const resampled = { ...sized, regions: { ...sized.regions, scratch: 8 }, doubles: ['scratch'] };
const places = (at: Record<string, number>) => ({ x: at.x!, y: at.y!, scratch: at.scratch! });
const taps = (at: Record<string, number>) => ({ bounds: at.bounds!, weights: at.weights!, taps: 3 });
const identity = [1, 0, 0, 0, 1, 0] as const;

const picturesCases: AbiCase[] = [
  { op: 'lookUp', ...pixelwise, regions: { x: 15, tables: 768, y: 15 }, bytes: ['x', 'tables', 'y'], call: ({ k }, at, c) => lookUp(k, at.x!, at.tables!, at.y!, c.pixels!, c.channels!) },
  { op: 'normalise', ...pixelwise, regions: { x: 15, tables: 768, y: 15 }, bytes: ['x'], apart: ['y', 'x', 'tables'], call: ({ k }, at, c) => normalise(k, at.x!, at.tables!, at.y!, c.pixels!, c.channels!) },
  { op: 'scaleBytes', ...pixelwise, regions: { x: 15, y: 15, scratch: 8 }, counts: { pixels: 5 }, call: ({ k }, at, c) => scaleBytes(k, at.x!, at.y!, c.pixels!, [[1, 2], [3, 4], [5, 6]], at.scratch!) },
  { op: 'histogram', ...pixelwise, regions: { x: 15, counts: 768, scratch: 2304 }, call: ({ k }, at, c) => histogram(k, at.x!, c.pixels!, c.channels!, at.counts!, at.scratch!) },
  { op: 'byteExtremes', ...pixelwise, call: ({ k }, at, c) => byteExtremes(k, at.x!, c.pixels!, c.channels!, at.y!), regions: { x: 15, y: 6 } },
  { op: 'byteSum', regions: { x: 15 }, bytes: ['x'], counts: { length: 15 }, call: ({ k }, at, c) => byteSum(k, at.x!, c.length!) },
  { op: 'solarize', ...pixelwise, call: ({ k }, at, c) => solarize(k, at.x!, at.y!, c.pixels!, c.channels!, 7) },
  { op: 'solarizeAdd', ...pixelwise, call: ({ k }, at, c) => solarizeAdd(k, at.x!, at.y!, c.pixels!, c.channels!, 7, 9) },
  { op: 'posterize', ...pixelwise, call: ({ k }, at, c) => posterize(k, at.x!, at.y!, c.pixels!, c.channels!, 4) },
  { op: 'blend', regions: { d: 15, x: 15, y: 15 }, bytes: ['d', 'x', 'y'], counts: { length: 15 }, call: ({ k }, at, c) => blend(k, at.d!, at.x!, at.y!, c.length!, 0.5) },
  { op: 'blendConstant', ...pixelwise, call: ({ k }, at, c) => blendConstant(k, 7, at.x!, at.y!, c.pixels!, c.channels!, 0.5) },
  { op: 'blendGrey', ...pixelwise, call: ({ k }, at, c) => blendGrey(k, at.x!, at.y!, c.pixels!, c.channels!, 0.5) },
  { op: 'turnHue', ...pixelwise, call: ({ k }, at, c) => turnHue(k, at.x!, at.y!, c.pixels!, c.channels!, 7) },
  { op: 'grey', ...pixelwise, regions: { x: 15, y: 5 }, call: ({ k }, at, c) => grey(k, at.x!, at.y!, c.pixels!, c.channels!) },
  { op: 'desaturate', ...pixelwise, call: ({ k }, at, c) => desaturate(k, at.x!, at.y!, c.pixels!, c.channels!) },
  { op: 'copyRows', regions: { x: 15, y: 15 }, bytes: ['x', 'y'], counts: { rows: 3, bytes: 5 }, call: ({ k }, at, c) => copyRows(k, at.x!, c.bytes!, at.y!, c.bytes!, c.rows!, c.bytes!) },
  { op: 'smooth', ...sized, call: ({ k }, at, c) => smooth(k, at.x!, at.y!, sizeOf(c)) },
  { op: 'flipVertical', ...sized, call: ({ k }, at, c) => flipVertical(k, at.x!, at.y!, sizeOf(c)) },
  { op: 'flipHorizontal', ...sized, call: ({ k }, at, c) => flipHorizontal(k, at.x!, at.y!, sizeOf(c)) },
  { op: 'affineBilinear', ...resampled, call: ({ k }, at, c) => affineBilinear(k, places(at), sizeOf(c), sizeOf(c), identity) },
  { op: 'affineNearest', ...resampled, call: ({ k }, at, c) => affineNearest(k, places(at), sizeOf(c), sizeOf(c), identity) },
  { op: 'affineNearest, turned', ...resampled, call: ({ k }, at, c) => affineNearest(k, places(at), sizeOf(c), sizeOf(c), [0.8, 0.6, 0, -0.6, 0.8, 0]) },
  { op: 'perspectiveBilinear', ...resampled, call: ({ k }, at, c) => perspectiveBilinear(k, places(at), sizeOf(c), sizeOf(c), [...identity, 0, 0]) },
  { op: 'perspectiveNearest', ...resampled, call: ({ k }, at, c) => perspectiveNearest(k, places(at), sizeOf(c), sizeOf(c), [...identity, 0, 0]) },
  { op: 'resizeRows', ...sized, regions: { x: 36, y: 36, bounds: 8, weights: 12 }, call: ({ k }, at, c) => resizeRows(k, at.x!, at.y!, sizeOf(c), 4, taps(at)) },
  { op: 'resizeColumns', ...sized, regions: { x: 36, y: 36, bounds: 6, weights: 9 }, call: ({ k }, at, c) => resizeColumns(k, at.x!, at.y!, sizeOf(c), 3, taps(at)) },
]; // biome-ignore format: a table

const cases: AbiCase[] = [
  {
    op: 'reluForward',
    regions: { x: 9, y: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => reluForward(k, at.x!, at.y!, c.length!),
  },
  {
    op: 'reluBackward',
    regions: { y: 9, dy: 9, dx: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => reluBackward(k, at.y!, at.dy!, at.dx!, c.length!),
  },
  ...activationCases({
    relu6: [relu6Forward, relu6Backward],
    hardSigmoid: [hardSigmoidForward, hardSigmoidBackward],
    hardSwish: [hardSwishForward, hardSwishBackward],
    sigmoid: [sigmoidForward, sigmoidBackward],
    tanh: [tanhForward, tanhBackward],
    silu: [siluForward, siluBackward],
    gelu: [geluForward, geluBackward],
    geluTanh: [geluTanhForward, geluTanhBackward],
    leakyRelu: [
      (k, x, y, length) => leakyReluForward(k, x, y, length, 0.01),
      (k, x, dy, dx, length) => leakyReluBackward(k, x, dy, dx, length, 0.01),
    ],
  }),
  {
    op: 'preluForward, a slope a channel',
    regions: { x: 15, weight: 5, y: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluForward(k, at.x!, at.weight!, at.y!, prelu(c, 'channels')),
  },
  {
    op: 'preluForward, one slope',
    regions: { x: 15, weight: 1, y: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluForward(k, at.x!, at.weight!, at.y!, prelu(c, 'shared')),
  },
  {
    op: 'preluBackward',
    regions: { x: 15, weight: 5, dy: 15, dx: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluBackward(k, at.x!, at.weight!, at.dy!, at.dx!, prelu(c, 'channels')),
  },
  {
    op: 'preluParameterGradient, a slope a channel',
    regions: { x: 15, dy: 15, dweight: 5 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluParameterGradient(k, at.x!, at.dy!, at.dweight!, prelu(c, 'channels')),
  },
  {
    op: 'preluParameterGradient, one slope',
    regions: { x: 15, dy: 15, dweight: 1 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => preluParameterGradient(k, at.x!, at.dy!, at.dweight!, prelu(c, 'shared')),
  },
  {
    op: 'softmaxForward',
    regions: { x: 15, y: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => softmaxForward(k, at.x!, at.y!, c.rows!, c.channels!),
  },
  {
    op: 'softmaxBackward',
    regions: { y: 15, dy: 15, dx: 15 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => softmaxBackward(k, at.y!, at.dy!, at.dx!, c.rows!, c.channels!),
  },
  {
    op: 'dropout',
    regions: { x: 10, y: 10, scratch: dropoutScratchBytes / 4 },
    counts: { images: 2, size: 5 },
    call: ({ k }, at, c) => {
      const stream = { seed: 1, purpose: 4, epoch: 2, position: 3, layer: 5 };
      dropout(k, at.x!, at.y!, c.images!, c.size!, stream, 0.5, at.scratch!);
    },
  },
  {
    op: 'philox',
    regions: { out: 32 },
    counts: { words: 32 },
    call: ({ k }, at, c) => philox(k, at.out!, c.words!, [1, 2, 3], [4, 5]),
  },
  {
    op: 'multiply',
    regions: { a: 9, b: 9, y: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => multiply(k, at.a!, at.b!, at.y!, c.length!),
  },
  {
    op: 'multiplyChannels',
    regions: { x: 30, scale: 10, y: 30 },
    counts: { images: 2, pixels: 3, channels: 5 },
    call: ({ k }, at, c) => multiplyChannels(k, at.x!, at.scale!, at.y!, c.images!, c.pixels!, c.channels!),
  },
  {
    op: 'multiplyChannelsGradient',
    regions: { x: 30, dy: 30, dscale: 10 },
    counts: { images: 2, pixels: 3, channels: 5 },
    call: ({ k }, at, c) => multiplyChannelsGradient(k, at.x!, at.dy!, at.dscale!, c.images!, c.pixels!, c.channels!),
  },
  {
    op: 'copyColumns',
    regions: { from: 17, to: 19 },
    counts: { rows: 3, columns: 5, fromStride: 6, toStride: 7 },
    free: ['fromStride', 'toStride'],
    call: ({ k }, at, c) => copyColumns(k, at.from!, c.fromStride!, at.to!, c.toStride!, c.rows!, c.columns!),
  },
  {
    op: 'add',
    regions: { left: 9, right: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => add(k, at.left!, at.right!, c.length!),
  },
  {
    op: 'treeSum',
    regions: { rows: 8, merges: 1, out: 8 },
    counts: { count: 1, length: 8 },
    call: ({ k }, at, c) => treeSum(k, at.rows!, c.count!, c.length!, at.merges!, at.out!),
  },
  {
    op: 'addBias',
    regions: { y: 15, bias: 5 },
    apart: ['y', 'bias'],
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => addBias(k, at.y!, at.bias!, c.rows!, c.channels!),
  },
  {
    op: 'columnSums',
    regions: { x: 15, out: 5 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => columnSums(k, at.x!, c.rows!, c.channels!, at.out!),
  },
  {
    op: 'transposePlanes',
    regions: { x: 30, y: 30 },
    apart: ['y', 'x'],
    counts: { images: 2, pixels: 3, channels: 5 },
    call: ({ k }, at, c) => transposePlanes(k, at.x!, at.y!, c.images!, c.pixels!, c.channels!),
  },
  {
    op: 'maxPoolForward',
    regions: { x: poolIn, y: poolOut },
    apart: ['y', 'x'],
    counts: poolCounts,
    call: ({ k }, at, c) => maxPoolForward(k, pool(c), at.x!, at.y!, c.images!),
  },
  {
    op: 'maxPoolBackward',
    regions: { x: poolIn, y: poolOut, dy: poolOut, dx: poolIn },
    apart: ['dx', 'x', 'y', 'dy'],
    counts: poolCounts,
    call: ({ k }, at, c) => maxPoolBackward(k, pool(c), at.x!, at.y!, at.dy!, at.dx!, c.images!),
  },
  {
    op: 'averagePoolForward',
    regions: { x: poolIn, y: poolOut },
    apart: ['y', 'x'],
    counts: poolCounts,
    call: ({ k }, at, c) => averagePoolForward(k, pool(c), at.x!, at.y!, c.images!),
  },
  {
    op: 'averagePoolBackward',
    regions: { dy: poolOut, dx: poolIn },
    apart: ['dx', 'dy'],
    counts: poolCounts,
    call: ({ k }, at, c) => averagePoolBackward(k, pool(c), at.dy!, at.dx!, c.images!),
  },
  {
    op: 'averagePoolForward of adaptive windows',
    regions: { x: 2 * 5 * 4 * 3, y: 2 * 2 * 3 * 3 },
    counts: { height: 5, width: 4, channels: 3, outputHeight: 2, outputWidth: 3, images: 2 },
    call: ({ k }, at, c) => averagePoolForward(k, adaptive(c), at.x!, at.y!, c.images!),
  },
  {
    op: 'lpPoolForward',
    regions: { x: poolIn, y: poolOut },
    apart: ['y', 'x'],
    counts: poolCounts,
    call: ({ k }, at, c) => lpPoolForward(k, pool(c), at.x!, at.y!, c.images!),
  },
  {
    op: 'lpPoolBackward',
    regions: { x: poolIn, y: poolOut, dy: poolOut, dx: poolIn },
    apart: ['dx', 'x', 'y', 'dy'],
    counts: poolCounts,
    call: ({ k }, at, c) => lpPoolBackward(k, pool(c), at.x!, at.y!, at.dy!, at.dx!, c.images!),
  },
  {
    op: 'maxUnpoolForward',
    regions: { x: poolOut, pooled: poolIn, y: poolIn },
    apart: ['y', 'x', 'pooled'],
    counts: poolCounts,
    call: ({ k }, at, c) => maxUnpoolForward(k, pool(c), at.x!, at.pooled!, at.y!, c.images!),
  },
  {
    op: 'maxUnpoolBackward',
    regions: { pooled: poolIn, dy: poolIn, dx: poolOut },
    apart: ['dx', 'pooled', 'dy'],
    counts: poolCounts,
    call: ({ k }, at, c) => maxUnpoolBackward(k, pool(c), at.pooled!, at.dy!, at.dx!, c.images!),
  },
  ...pad2dModes.flatMap((mode): AbiCase[] => [
    {
      op: `pad2dForward, ${mode}`,
      regions: { x: 2 * 3 * 4 * 3, y: 2 * 6 * 7 * 3 },
      apart: ['y', 'x'],
      counts: padCounts(mode),
      call: ({ k }, at, c) => pad2dForward(k, pad(c, mode), at.x!, at.y!, c.images!),
    },
    {
      op: `pad2dBackward, ${mode}`,
      regions: { dy: 2 * 6 * 7 * 3, dx: 2 * 3 * 4 * 3 },
      apart: ['dx', 'dy'],
      counts: padCounts(mode),
      call: ({ k }, at, c) => pad2dBackward(k, pad(c, mode), at.dy!, at.dx!, c.images!),
    },
  ]),
  ...(['nearest', 'bilinear'] as const).flatMap((mode): AbiCase[] => [
    {
      op: `upsampleForward, ${mode}`,
      regions: { x: 2 * 2 * 3 * 3, y: 2 * 5 * 4 * 3 },
      apart: ['y', 'x'],
    counts: upsampleCounts,
      call: ({ k }, at, c) => upsampleForward(k, upsample(c, mode), at.x!, at.y!, c.images!),
    },
    {
      op: `upsampleBackward, ${mode}`,
      regions: { dy: 2 * 5 * 4 * 3, dx: 2 * 2 * 3 * 3 },
      apart: ['dx', 'dy'],
    counts: upsampleCounts,
      call: ({ k }, at, c) => upsampleBackward(k, upsample(c, mode), at.dy!, at.dx!, c.images!),
    },
  ]),
  {
    op: 'batchNormStatistics',
    regions: { x: 15, row: 10, scratch: batchNormScratchFloats(5) },
    doubles: ['row'],
    counts: { pixels: 3, channels: 5 },
    call: ({ k }, at, c) => batchNormStatistics(k, at.x!, c.pixels!, c.channels!, at.row!, at.scratch!),
  },
  {
    op: 'batchNormCombine',
    regions: { rows: 10, counts: 1, merges: 1 },
    doubles: ['rows', 'counts'],
    counts: { shards: 1, channels: 5 },
    call: ({ k }, at, c) => batchNormCombine(k, at.rows!, at.counts!, c.shards!, c.channels!, at.merges!),
  },
  {
    op: 'batchNormFinish',
    regions: { row: 10, ...vectors('mean', 'inverse', 'runningMean', 'runningVariance', 'nextMean', 'nextVariance') },
    doubles: ['row'],
    counts: { count: 3, channels: 5 },
    free: ['count'],
    call: ({ k }, { row, mean, inverse, runningMean, runningVariance, nextMean, nextVariance }, c) => {
      const at = { mean: mean!, inverse: inverse!, runningMean: runningMean!, runningVariance: runningVariance! };
      const next = { nextMean: nextMean!, nextVariance: nextVariance! };
      batchNormFinish(k, row!, c.count!, c.channels!, 1e-5, 0.1, { ...at, ...next });
    },
  },
  {
    op: 'batchNormInverse',
    regions: vectors('variance', 'inverse'),
    counts: { channels: 5 },
    call: ({ k }, at, c) => batchNormInverse(k, at.variance!, c.channels!, 1e-5, at.inverse!),
  },
  {
    op: 'batchNormApply',
    regions: { x: 15, y: 15, ...vectors('mean', 'inverse', 'weight', 'bias'), scratch: batchNormScratchFloats(5) },
    counts: { pixels: 3, channels: 5 },
    call: ({ k }, { x, y, mean, inverse, weight, bias, scratch }, c) => {
      const at = { mean: mean!, inverse: inverse!, weight: weight!, bias: bias!, scratch: scratch! };
      batchNormApply(k, x!, y!, c.pixels!, c.channels!, at);
    },
  },
  {
    op: 'batchNormBackwardSums',
    regions: { x: 15, dy: 15, mean: 5, row: 10, scratch: batchNormScratchFloats(5) },
    doubles: ['row'],
    counts: { pixels: 3, channels: 5 },
    call: ({ k }, at, c) => batchNormBackwardSums(k, at.x!, at.dy!, c.pixels!, c.channels!, at.mean!, at.row!, at.scratch!),
  },
  {
    op: 'treeSumDouble',
    regions: { rows: 10, merges: 1 },
    doubles: ['rows'],
    counts: { shards: 1, length: 10 },
    call: ({ k }, at, c) => treeSumDouble(k, at.rows!, c.shards!, c.length!, at.merges!),
  },
  {
    op: 'batchNormParameterGradient',
    regions: { row: 10, ...vectors('inverse', 'dweight', 'dbias') },
    doubles: ['row'],
    counts: { channels: 5 },
    call: ({ k }, at, c) => batchNormParameterGradient(k, at.row!, c.channels!, at.inverse!, at.dweight!, at.dbias!),
  },
  {
    op: 'batchNormBackwardApply',
    regions: {
      x: 15,
      dy: 15,
      dx: 15,
      row: 10,
      ...vectors('mean', 'inverse', 'weight'),
      scratch: batchNormScratchFloats(5),
    },
    doubles: ['row'],
    counts: { pixels: 3, channels: 5, count: 3 },
    free: ['count'],
    call: ({ k }, { x, dy, dx, row, mean, inverse, weight, scratch }, c) => {
      const at = { row: row!, count: c.count!, mean: mean!, inverse: inverse!, weight: weight!, scratch: scratch! };
      batchNormBackwardApply(k, x!, dy!, dx!, c.pixels!, c.channels!, at);
    },
  },
  {
    op: 'layerNormForward',
    regions: { x: 15, y: 15, weight: 5, bias: 5, mean: 3, inverse: 3 },
    counts: { rows: 3, length: 5 },
    call: ({ k }, at, c) => layerNormForward(k, at.x!, at.y!, rowSize(c), 1e-5, { ...rowVectors(at), bias: at.bias! }),
  },
  {
    op: 'layerNormBackward',
    regions: { x: 15, dy: 15, dx: 15, weight: 5, mean: 3, inverse: 3 },
    counts: { rows: 3, length: 5 },
    call: ({ k }, at, c) => layerNormBackward(k, at.x!, at.dy!, at.dx!, rowSize(c), rowVectors(at)),
  },
  {
    op: 'layerNormParameterGradient',
    regions: { x: 15, dy: 15, mean: 3, inverse: 3, dweight: 5, dbias: 5 },
    optional: ['dbias'],
    counts: { rows: 3, length: 5 },
    call: ({ k }, at, c) =>
      layerNormParameterGradient(k, at.x!, at.dy!, rowSize(c), {
        mean: at.mean!,
        inverse: at.inverse!,
        dweight: at.dweight!,
        dbias: at.dbias!,
      }),
  },
  {
    op: 'groupNormForward',
    regions: { x: 36, y: 36, ...groupRegions },
    doubles: ['scratch'],
    counts: { images: 2, pixels: 3, channels: 6, groups: 2 },
    call: ({ k }, at, c) => groupNormForward(k, at.x!, at.y!, groupSize(c), 1e-5, groupVectors(at)),
  },
  {
    op: 'groupNormBackward',
    regions: { x: 36, dy: 36, dx: 36, ...groupRegions, dweight: 6, dbias: 6 },
    doubles: ['scratch'],
    optional: ['dx', 'dweight', 'dbias'],
    counts: { images: 2, pixels: 3, channels: 6, groups: 2 },
    call: ({ k }, at, c) => {
      const gradients = { dweight: at.dweight!, dbias: at.dbias! };
      groupNormBackward(k, at.x!, at.dy!, at.dx!, groupSize(c), { ...groupVectors(at), ...gradients });
    },
  },
  {
    op: 'localResponseNormForward',
    regions: { x: 15, y: 15, scratch: localResponseNormScratchFloats(responseSize({ rows: 3, channels: 5, size: 4 })) },
    counts: { rows: 3, channels: 5, size: 4 },
    free: ['size'],
    call: ({ k }, at, c) => localResponseNormForward(k, at.x!, at.y!, responseSize(c), at.scratch!),
  },
  {
    op: 'localResponseNormBackward',
    regions: {
      x: 15,
      dy: 15,
      dx: 15,
      scratch: localResponseNormScratchFloats(responseSize({ rows: 3, channels: 5, size: 4 })),
    },
    counts: { rows: 3, channels: 5, size: 4 },
    free: ['size'],
    call: ({ k }, at, c) => localResponseNormBackward(k, at.x!, at.dy!, at.dx!, responseSize(c), at.scratch!),
  },
  {
    op: 'softmaxCrossEntropy',
    regions: { logits: 8, labels: 2, weights: 4, gradient: 8, losses: 2, predicted: 2, probabilities: 2 },
    doubles: ['losses'],
    optional: ['weights', 'gradient', 'predicted'],
    counts: { samples: 2, classes: 4, pixels: 1 },
    call: ({ k }, { logits, labels, weights, gradient, losses, predicted, probabilities }, c) => {
      const at = { logits: logits!, labels: labels!, weights: weights!, gradient: gradient!, losses: losses! };
      const rest = { predicted: predicted!, probabilities: probabilities! };
      softmaxCrossEntropy(k, { ...at, ...rest }, c.samples!, c.classes!, { pixels: c.pixels! });
    },
  },
  {
    op: 'softmaxCrossEntropy, rows of targets',
    regions: { logits: 8, targets: 8, gradient: 8, losses: 1 },
    doubles: ['losses'],
    optional: ['gradient'],
    counts: { samples: 1, classes: 4, pixels: 2 },
    call: ({ k }, { logits, targets, gradient, losses }, c) => {
      // Without targets it would read labels, which there are none of.
      const at = { logits: logits!, labels: 0, targets: targets! || -4, gradient: gradient!, losses: losses! };
      softmaxCrossEntropy(k, { ...at, predicted: 0, probabilities: 0 }, c.samples!, c.classes!, { pixels: c.pixels! });
    },
  },
  {
    op: 'bceWithLogitsLoss',
    regions: { x: 12, targets: 12, posWeight: 3, gradient: 12, losses: 2 },
    doubles: ['losses'],
    optional: ['posWeight', 'gradient'],
    counts: { images: 2, pixels: 2, channels: 3 },
    call: ({ k }, { x, targets, posWeight, gradient, losses }, c) => {
      const at = { x: x!, targets: targets!, posWeight: posWeight!, gradient: gradient!, losses: losses! };
      bceWithLogitsLoss(k, at, { images: c.images!, pixels: c.pixels!, channels: c.channels! });
    },
  },
  ...Object.entries({ mseLoss, softMarginLoss }).map(
    ([op, loss]): AbiCase => ({
      op,
      regions: { x: 10, targets: 10, gradient: 10, losses: 2 },
      doubles: ['losses'],
      optional: ['gradient'],
      counts: { images: 2, elements: 5 },
      call: ({ k }, { x, targets, gradient, losses }, c) =>
        loss(k, { x: x!, targets: targets!, gradient: gradient!, losses: losses! }, c.images!, c.elements!),
    }),
  ),
  {
    op: 'softmax',
    regions: { logits: 8, probabilities: 8 },
    counts: { samples: 2, classes: 4 },
    call: ({ k }, at, c) => softmax(k, at.logits!, at.probabilities!, c.samples!, c.classes!),
  },
  {
    op: 'sgd',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, velocity: 8, nextVelocity: 8 },
    counts: { length: 8 },
    call: ({ k }, { parameters, nextParameters, gradient, velocity, nextVelocity }, c) => {
      const at = { parameters: parameters!, nextParameters: nextParameters!, gradient: gradient! };
      sgd(k, { ...at, velocity: velocity!, nextVelocity: nextVelocity! }, c.length!, step);
    },
  },
  {
    op: 'adam',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, average: 8, nextAverage: 8, squares: 8, nextSquares: 8, largest: 8, nextLargest: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => adam(k, { ...update(at), average: at.average!, nextAverage: at.nextAverage!, squares: at.squares!, nextSquares: at.nextSquares!, largest: at.largest!, nextLargest: at.nextLargest! }, c.length!, adamStep),
  },
  {
    op: 'adagrad',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, sum: 8, nextSum: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => adagrad(k, { ...update(at), sum: at.sum!, nextSum: at.nextSum! }, c.length!, { ...step, eps: 1 }),
  },
  {
    op: 'rmsprop',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, squares: 8, nextSquares: 8, average: 8, nextAverage: 8, velocity: 8, nextVelocity: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => rmsprop(k, { ...update(at), squares: at.squares!, nextSquares: at.nextSquares!, average: at.average!, nextAverage: at.nextAverage!, velocity: at.velocity!, nextVelocity: at.nextVelocity! }, c.length!, { ...step, alpha: 0.5, eps: 1 }),
  },
  {
    op: 'lion',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, average: 8, nextAverage: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => lion(k, { ...update(at), average: at.average!, nextAverage: at.nextAverage! }, c.length!, { ...step, beta1: 0.5, beta2: 0.5 }),
  },
  {
    op: 'lars',
    regions: { parameters: 8, nextParameters: 8, gradient: 8, velocity: 8, nextVelocity: 8 },
    counts: { length: 8 },
    call: ({ k }, at, c) => lars(k, { ...update(at), velocity: at.velocity!, nextVelocity: at.nextVelocity! }, c.length!, step),
  },
  {
    op: 'squareSum',
    regions: { x: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => {
      squareSum(k, at.x!, c.length!);
    },
  },
  {
    op: 'matmul',
    regions: { a: 6, b: 15, c: 10, scratch: matmulScratchFloats(arenaOf('default').k, { rows: 2, depth: 3, columns: 5 }) },
    apart: ['c', 'a', 'b'],
    counts: { rows: 2, depth: 3, columns: 5 },
    call: ({ k }, at, { rows, depth, columns }) => {
      const size = { rows: rows!, depth: depth!, columns: columns! };
      matmul(k, at.a!, at.b!, at.c!, size, at.scratch!);
    },
  },
  ...abiConvolutionCases,
  ...picturesCases,
]; // biome-ignore format: a table

/** What a refused call is expected to do: throw the error, and leave every byte of the memory as it is now. */
function refusalsOf(arena: Arena): (code: KernelErrorCode | RegExp, call: () => void, what: string) => void {
  const bytes = (words: Int32Array) => new Uint8Array(words.buffer);
  const before = bytes(arena.k.i32.slice());
  return (code, call, what) => {
    let error: unknown;
    try {
      call();
    } catch (caught) {
      error = caught;
    }
    if (!(error instanceof KernelError)) throw new Error(`${what}: expected a KernelError, got ${error}`);
    expect(error.code, `${what}: ${error.message}`).toMatch(code);
    if (Buffer.compare(before, bytes(arena.k.i32)) !== 0) throw new Error(`${what}: bytes were written`);
  };
}

function expectRefused(arena: Arena, code: KernelErrorCode | RegExp, call: () => void, what: string): void {
  refusalsOf(arena)(code, call, what);
}

const groundOf = (work: Workspace): Ground => ({
  k: work.kernels,
  put: (values) => work.put(values),
  putIntegers: (values) => work.putIntegers(values),
  putDoubles: (values) => work.putDoubles(values),
  putBytes: (values) => work.putBytes(values),
  layOut: (allocate) => allocate(work.allocator),
});

/** Products that are more than there is memory for, and 0 in 32 bits. */
const beyond = [
  [2 ** 16, 2 ** 16],
  [2 ** 30, 4],
  [4, 2 ** 30],
] as const;

describe.each(cases.map((entry) => [entry.op, entry] as const))('%s', (_, entry) => {
  const { regions, counts, optional = [], apart, free = [], call } = entry;

  it('runs on what it is meant for', () => {
    const { arena, at } = place(entry);
    call(arena, at, counts);
  });

  it('refuses a pointer that is outside the memory or not aligned', () => {
    const { arena, at } = place(entry);
    const refused = refusalsOf(arena);
    const end = arena.k.memory.buffer.byteLength;
    for (const [name, length] of Object.entries(regions)) {
      const element = elementBytes(entry, name);
      const bytes = length * element;
      const last = end - slackBytes - bytes;
      const wrong = [-4, -64, at[name]! + 0.5, end, end - 64, last + 8, 2 ** 32, 2 ** 53];
      wrong.push(Number.NaN, Number.POSITIVE_INFINITY);
      if (!optional.includes(name)) wrong.push(0);
      if (element > 1) wrong.push(at[name]! + 1, at[name]! + 2, at[name]! + 3);
      if (element > 4) wrong.push(at[name]! + 4);
      for (const pointer of wrong) {
        refused('KERNEL_POINTER', () => call(arena, { ...at, [name]: pointer }, counts), `${name} ${pointer}`);
      }
    }
  });

  it('refuses a count that is negative, not whole, or more than there is', () => {
    const { arena, at } = place(entry);
    const refused = refusalsOf(arena);
    for (const name of Object.keys(counts)) {
      for (const count of [-1, -4, -8, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 32 + 4]) {
        const wrong = () => call(arena, at, { ...counts, [name]: count });
        if (name === 'count' && count > 2) continue; // of values in the whole batch: a divisor
        refused(/KERNEL_ARGUMENT|KERNEL_POINTER|KERNEL_MEMORY/, wrong, `${name} ${count}`);
      }
    }
    // Two negative counts have a positive product.
    const names = Object.keys(counts);
    for (const first of names) {
      for (const second of names) {
        if (first === second) continue;
        const wrong = () => call(arena, at, { ...counts, [first]: -1, [second]: -1 });
        refused(/KERNEL_ARGUMENT|KERNEL_POINTER/, wrong, `${first} and ${second} -1`);
      }
    }
  });

  it('refuses counts whose product is more than there is, or than 32 bits hold', () => {
    const { arena, at } = place(entry);
    const refused = refusalsOf(arena);
    const refuse = (changes: Readonly<Record<string, number>>) =>
      refused(
        /KERNEL_ARGUMENT|KERNEL_POINTER|KERNEL_MEMORY/,
        () => call(arena, at, { ...counts, ...changes }),
        JSON.stringify(changes),
      );
    const sizes = Object.keys(counts).filter((name) => !free.includes(name));
    sizes.forEach((first, i) => {
      for (const second of sizes.slice(i + 1)) {
        for (const [a, b] of beyond) refuse({ [first]: a, [second]: b });
      }
    });
    // Nothing, but in numbers that would take forever.
    if (sizes.length < 3) return;
    for (const none of sizes) refuse({ ...Object.fromEntries(sizes.map((name) => [name, 2 ** 31 - 1])), [none]: 0 });
  });

  if (apart) {
    it('refuses an output that overlaps what is read', () => {
      const { arena, at } = place(entry);
      const refused = refusalsOf(arena);
      const [output, ...inputs] = apart;
      const [bytes, element] = [regions[output]! * elementBytes(entry, output), elementBytes(entry, output)];
      for (const input of inputs) {
        const end = at[input]! + regions[input]! * elementBytes(entry, input);
        const last = Math.floor((end - 1) / element) * element;
        for (const pointer of [at[input]!, last, at[input]! - bytes + element]) {
          const wrong = () => call(arena, { ...at, [output]: pointer }, counts);
          refused('KERNEL_ARGUMENT', wrong, `${output} at ${pointer}, ${input} at ${at[input]}`);
        }
      }
    });
  }

  it('reads no further than the end of the memory where a region ends with it', () => {
    const { arena, at } = place(entry);
    const end = arena.k.memory.buffer.byteLength - slackBytes;
    for (const [name, length] of Object.entries(regions)) {
      const bytes = length * elementBytes(entry, name);
      const pointer = Math.floor((end - bytes) / 8) * 8;
      arena.k.u8.copyWithin(pointer, at[name]!, at[name]! + bytes);
      call(arena, { ...at, [name]: pointer }, counts);
    }
  });
});

it('every export of the module is called in these cases', () => {
  const called = new Set<string>();
  const work = Workspace.create(2 ** 24);
  const { wasm } = work.kernels;
  const get = (_: typeof wasm, name: keyof typeof wasm) => {
    called.add(name);
    return wasm[name];
  };
  Object.defineProperty(work.kernels, 'wasm', { value: new Proxy(wasm, { get }) });
  for (const entry of cases) {
    const { arena, at } = placeOn(groundOf(work), entry);
    entry.call(arena, at, entry.counts);
  }
  // And those that are called before there is a region.
  const others = ['exponential', 'heapBase', 'logarithm', 'panelWidth'];
  expect(Object.keys(abi).filter((name) => !called.has(name) && !others.includes(name))).toEqual([]);
});

describe.each(kernelBuilds)('a memory of 4 GiB, %s build', (build) => {
  it('holds the same results wherever they are: beyond 2 GiB, across them, at its end', () => {
    const outcomes = (bytes: number, start: number): Map<string, string> => {
      const work = Workspace.create(bytes, build);
      work.bytes(start - work.kernels.heapBase);
      const results = cases.map((entry): [string, string] => {
        const { arena, at } = placeOn(groundOf(work), entry);
        entry.call(arena, at, entry.counts);
        const written = Object.entries(entry.regions).filter(([name]) => name !== 'scratch');
        const read = ([name, length]: [string, number]) =>
          Buffer.from(work.readBytes(at[name]!, length * elementBytes(entry, name))).toString('base64');
        return [entry.op, written.map(read).join()];
      });
      return new Map(results);
    };
    const size = 2 ** 24; // more than all cases take
    const expected = outcomes(size, 4096);
    const whole = 2 ** 32 - 65536;
    for (const start of [2 ** 31 - size / 4, 2 ** 31, whole - size]) expect(outcomes(whole, start)).toEqual(expected);
  });
});

describe('the rest of the arguments', () => {
  it.each<[string, (arena: Arena, at: number) => void]>([
    ['treeSum: a length that is no multiple of 4', ({ k }, at) => treeSum(k, at, 1, 6, at, at)],
    ['sgd: a length that is no multiple of 4', ({ k }, at) => sgd(k, { parameters: at, nextParameters: at, gradient: at, velocity: at, nextVelocity: at }, 6, step)],
    ['softmaxForward: no channels', ({ k }, at) => softmaxForward(k, at, at, 1, 0)],
    ['copyColumns: rows that overlap', ({ k }, at) => copyColumns(k, at, 2, at, 3, 1, 3)],
    ['philox: a number of words that is no multiple of 16', ({ k }, at) => philox(k, at, 8, [1, 2, 3], [4, 5])],
    ['philox: a key that is no word', ({ k }, at) => philox(k, at, 16, [1, 2, 3], [4, 2 ** 32])],
    ['softmax: no classes', ({ k }, at) => softmax(k, at, at, 1, 0)],
    ['max pooling: padding of more than half a window', ({ k }, at) => maxPoolForward(k, pool({ ...poolCounts, padding: 2 }), at, at, 1)],
    ['max pooling: a window that does not fit', ({ k }, at) => maxPoolForward(k, pool({ ...poolCounts, kernelHeight: 5 }), at, at, 1)],
    ['max pooling: stride 0', ({ k }, at) => maxPoolForward(k, pool({ ...poolCounts, stride: 0 }), at, at, 1)],
    ['group norm: groups that do not divide the channels', ({ k }, at) => groupNormForward(k, at, at, { images: 1, pixels: 1, channels: 3, groups: 2 }, 1, { weight: at, bias: at, mean: at, inverse: at, scratch: at })],
    ['group norm: no pixels', ({ k }, at) => groupNormForward(k, at, at, { images: 1, pixels: 0, channels: 2, groups: 2 }, 1, { weight: at, bias: at, mean: at, inverse: at, scratch: at })],
    ['layer norm: negative eps', ({ k }, at) => layerNormForward(k, at, at, { rows: 1, length: 1, centred: true }, -1, { weight: at, bias: at, mean: at, inverse: at })],
    ['layer norm: rows of nothing', ({ k }, at) => layerNormForward(k, at, at, { rows: 1, length: 0, centred: true }, 1, { weight: at, bias: at, mean: at, inverse: at })],
    ['local response norm: k 0', ({ k }, at) => localResponseNormForward(k, at, at, { ...responseSize({ rows: 1, channels: 1, size: 1 }), k: 0 }, at)],
    ['local response norm: negative alpha', ({ k }, at) => localResponseNormForward(k, at, at, { ...responseSize({ rows: 1, channels: 1, size: 1 }), alpha: -1 }, at)],
    ['local response norm: beta that is not a number', ({ k }, at) => localResponseNormBackward(k, at, at, at, { ...responseSize({ rows: 1, channels: 1, size: 1 }), beta: Number.NaN }, at)],
    ['local response norm: windows of nothing', ({ k }, at) => localResponseNormForward(k, at, at, responseSize({ rows: 1, channels: 1, size: 0 }), at)],
    ['max pooling: half a dilation', ({ k }, at) => maxPoolForward(k, pool({ ...poolCounts, dilation: 0.5 }), at, at, 1)],
    ['average pooling: dilated windows', ({ k }, at) => averagePoolForward(k, pool({ ...poolCounts, dilation: 2 }), at, at, 1)],
    ['average pooling: divisor 0', ({ k }, at) => averagePoolForward(k, pool(poolCounts), at, at, 1, 0)],
    ['lpPool: padding', ({ k }, at) => lpPoolForward(k, pool({ ...poolCounts, padding: 1 }), at, at, 1)],
    ['lpPool: dilated windows', ({ k }, at) => lpPoolForward(k, pool({ ...poolCounts, dilation: 2 }), at, at, 1)],
    ['lpPool: adaptive windows', ({ k }, at) => lpPoolForward(k, adaptive(upsampleCounts), at, at, 1)],
    ['maxUnpool: adaptive windows', ({ k }, at) => maxUnpoolForward(k, adaptive(upsampleCounts), at, at, at, 1)],
    ['upsample: neither size nor scaleFactor', () => upsampleGeometry({ height: 2, width: 2, channels: 1, mode: 'nearest' })],
    ['upsample: both size and scaleFactor', () => upsampleGeometry({ height: 2, width: 2, channels: 1, mode: 'nearest', size: [4, 4], scaleFactor: [2, 2] })],
    ['upsample: alignCorners with nearest', () => upsampleGeometry({ height: 2, width: 2, channels: 1, mode: 'nearest', size: [4, 4], alignCorners: true })],
    ['upsample: a factor that leaves nothing', () => upsampleGeometry({ height: 2, width: 2, channels: 1, mode: 'nearest', scaleFactor: [0.4, 1] })],
    ['batch norm: negative eps', ({ k }, at) => batchNormInverse(k, at, 1, -1, at)],
    ['batch norm: eps that is not a number', ({ k }, at) => batchNormInverse(k, at, 1, Number.NaN, at)],
    ['batch norm: merges that are no tree', ({ k }, at) => batchNormCombine(k, at, at, 2, 1, at)],
    ['treeSumDouble: merges that are no tree', ({ k }, at) => treeSumDouble(k, at, 2, 1, at)],
    ['grey: one channel', ({ k }, at) => grey(k, at, at, 1, 1)],
    ['lookUp: two channels', ({ k }, at) => lookUp(k, at, at, at, 1, 2)],
    ['byteExtremes: no pixels', ({ k }, at) => byteExtremes(k, at, 0, 1, at)],
    ['solarize: a threshold that is no byte', ({ k }, at) => solarize(k, at, at, 1, 1, 256)],
    ['solarizeAdd: an addition that is no byte', ({ k }, at) => solarizeAdd(k, at, at, 1, 1, 0, -1)],
    ['posterize: nine bits', ({ k }, at) => posterize(k, at, at, 1, 1, 9)],
    ['blend: an alpha that is not a number', ({ k }, at) => blend(k, at, at, at, 1, Number.NaN)],
    ['blendConstant: an alpha beyond int32', ({ k }, at) => blendConstant(k, 0, at, at, 1, 1, 1e7)],
    ['blendGrey: an alpha beyond int32', ({ k }, at) => blendGrey(k, at, at, 1, 3, -1e7)],
    ['turnHue: more than the wheel', ({ k }, at) => turnHue(k, at, at, 1, 3, 256)],
    ['scaleBytes: two channels', ({ k }, at) => scaleBytes(k, at, at, 1, [[1, 0], [1, 0]], at)],
    ['scaleBytes: a line that leaves int32', ({ k }, at) => scaleBytes(k, at, at, 1, [[1e7, 0]], at)],
    ['affineNearest: a coefficient that is not finite', ({ k }, at) => affineNearest(k, { x: at, y: at, scratch: at }, sizeOf({ height: 1, width: 1, channels: 1 }), sizeOf({ height: 1, width: 1, channels: 1 }), [Number.NaN, 0, 0, 0, 1, 0])],
    ['resizeRows: no taps', ({ k }, at) => resizeRows(k, at, at, sizeOf({ height: 1, width: 1, channels: 1 }), 1, { bounds: at, weights: at, taps: 0 })],
    ['matmul: no depth', ({ k }, at) => matmul(k, at, at, at, { rows: 1, depth: 0, columns: 1 }, at)],
  ])('%s', (what, call) => {
    const { arena, at } = place(cases[0]!);
    expectRefused(arena, 'KERNEL_ARGUMENT', () => call(arena, at.x!), what);
  }); // biome-ignore format: a table

  it.each<[string, (convolution: Convolution, at: number) => void]>([
    ['more images than there is memory for', (convolution, at) => convolution.forward(at, 0, at, 3)],
    [
      'more shards than there is memory for',
      (convolution, at) => convolution.weightGradient(new Array(3).fill({ x: at, dy: at, images: 0, merges: 0 }), at),
    ],
    [
      'merges that are no tree',
      (convolution, at) => convolution.weightGradient([{ x: at, dy: at, images: 1, merges: 1 }], at),
    ],
  ])('convolution: %s', (what, call) => {
    const arena = arenaOf('default');
    const memory = arena.layOut((allocator) => allocateConvolution(arena.k, geometry, 2, 2, allocator, allocator));
    const convolution = new Convolution(arena.k, geometry, 2, memory);
    const at = arena.put(new Float32Array(90));
    expectRefused(arena, 'KERNEL_ARGUMENT', () => call(convolution, at), what);
  });

  it('locally connected: memory that lies outside', () => {
    const arena = arenaOf('default');
    const memory = arena.layOut((allocator) => allocateLocallyConnected(arena.k, geometry, 2, 2, allocator, allocator));
    const outside = { begin: arena.k.memory.buffer.byteLength, end: arena.k.memory.buffer.byteLength + 64 };
    for (const wrong of [
      { ...memory, own: outside },
      { ...memory, scratch: outside },
    ]) {
      const make = () => new LocallyConnected(arena.k, geometry, wrong);
      expectRefused(arena, 'KERNEL_POINTER', make, JSON.stringify(wrong));
    }
  });

  it.each([
    ['height 0', { height: 0 }],
    ['a kernel that does not fit', { kernelSize: [4, 3] as const, padding: [0, 0] as const }],
    ['a dilated kernel that does not fit', { dilation: [3, 3] as const, padding: [1, 1] as const }],
    ['stride 0', { stride: [0, 1] as const }],
    ['negative padding', { padding: [-1, 0] as const }],
    ['half a channel', { inChannels: 0.5 }],
  ])('convolutionGeometry refuses %s', (_, wrong) => {
    expect(() => convolutionGeometry({ ...geometry.shape, ...wrong })).toThrow(
      expect.objectContaining({ name: 'KernelError', code: 'KERNEL_ARGUMENT' }),
    );
  });

  it('softmaxCrossEntropy refuses a label that is no class, and says which', () => {
    const { arena, at } = place(cases.find(({ op }) => op === 'softmaxCrossEntropy')!);
    for (const label of [-1, 4]) {
      arena.k.i32[at.labels! / 4 + 1] = label;
      const call = () =>
        cases.find(({ op }) => op === 'softmaxCrossEntropy')!.call(arena, at, { samples: 2, classes: 4 });
      expectRefused(arena, 'KERNEL_ARGUMENT', call, `label ${label}`);
      expect(call).toThrow(`label 1: expected an integer in [0, 3], got ${label}`);
    }
  });

  it.each([
    ['the direct', geometry],
    ["Winograd's", convolutionGeometry({ ...geometry.shape, height: 8, width: 8, inChannels: 16, outChannels: 16 })],
    ['the depthwise', convolutionGeometry({ ...geometry.shape, inChannels: 8, outChannels: 8, groups: 8 })],
  ])('%s convolution refuses memory that lies outside, and more images than it was laid out for', (_, of) => {
    const arena = arenaOf('default');
    const memory = arena.layOut((allocator) => allocateConvolution(arena.k, of, 2, 2, allocator, allocator));
    const end = arena.k.memory.buffer.byteLength;
    const outside = { begin: end, end: end + 64 };
    for (const wrong of [
      { ...memory, own: outside },
      { ...memory, scratch: outside },
    ]) {
      expectRefused(arena, 'KERNEL_POINTER', () => new Convolution(arena.k, of, 2, wrong), JSON.stringify(wrong));
    }
    expectRefused(arena, 'KERNEL_ARGUMENT', () => new Convolution(arena.k, of, 3, memory), 'images');
  });
});

describe('Kernels', () => {
  it('refuses a memory that is not shared', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    expect(() => new Kernels(kernelModule('default'), memory)).toThrow(
      expect.objectContaining({
        name: 'KernelError',
        code: 'KERNEL_ARGUMENT',
        message: expect.stringContaining('shared'),
      }),
    );
  });

  it.each([1.5, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a region of %d elements', (elements) => {
    const call = () => arenaOf('default').k.check('x', 4096, elements);
    expect(call).toThrow(
      expect.objectContaining({ code: 'KERNEL_POINTER', message: expect.stringMatching(/^x: expected/) }),
    );
  });

  it('refuses a module that is not this version of the kernels', () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    expect(() => new Kernels(empty, createMemory(1))).toThrow(
      expect.objectContaining({
        name: 'KernelError',
        code: 'KERNEL_BUILD',
        message: expect.stringContaining('pnpm build'),
      }),
    );
  });
});

describe('createMemory', () => {
  it('has the bytes and the slack, in whole pages, and refuses what WebAssembly cannot address', () => {
    expect(createMemory(1).buffer.byteLength).toBe(65536);
    expect(createMemory(65536 - slackBytes).buffer.byteLength).toBe(65536);
    expect(createMemory(65536 - slackBytes + 1).buffer.byteLength).toBe(131072);
    for (const bytes of [2 ** 32, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => createMemory(bytes)).toThrow(
        expect.objectContaining({ name: 'KernelError', code: 'KERNEL_MEMORY' }),
      );
    }
  });
});
