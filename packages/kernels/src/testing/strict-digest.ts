/**
 * A SHA-256 of what each op computes on fixed inputs, in the build that the first argument names. Run by itself it prints them
 * as JSON, so that a test can compare processes with different flags, and machines.
 */
import { createHash } from 'node:crypto';
import { argv } from 'node:process';
import type { KernelBuild } from '../module.ts';
import { adagrad } from '../ops/adagrad.ts';
import { adam } from '../ops/adam.ts';
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
} from '../ops/batch-norm.ts';
import { batchNormResidualApply, batchNormResidualSums } from '../ops/batch-norm-residual.ts';
import { bceWithLogitsLoss } from '../ops/bce-with-logits-loss.ts';
import { blend, blendConstant } from '../ops/blend.ts';
import { blendGrey } from '../ops/blend-grey.ts';
import { byteExtremes } from '../ops/byte-extremes.ts';
import { byteSum } from '../ops/byte-sum.ts';
import { allocateConvolution, Convolution } from '../ops/convolution.ts';
import { type ConvolutionShape, convolutionGeometry } from '../ops/convolution-geometry.ts';
import { copyColumns } from '../ops/copy-columns.ts';
import { copyRows } from '../ops/copy-rows.ts';
import { dropout, dropoutScratchBytes } from '../ops/dropout.ts';
import { transposePlanes } from '../ops/flatten.ts';
import { flipHorizontal, flipVertical } from '../ops/flip.ts';
import { geluBackward, geluForward, geluTanhBackward, geluTanhForward } from '../ops/gelu.ts';
import { desaturate, grey } from '../ops/grey.ts';
import { groupNormBackward, groupNormForward, groupNormScratchFloats } from '../ops/group-norm.ts';
import { hardSigmoidBackward, hardSigmoidForward } from '../ops/hard-sigmoid.ts';
import { hardSwishBackward, hardSwishForward } from '../ops/hard-swish.ts';
import { histogram, histogramScratchBytes } from '../ops/histogram.ts';
import { type JpegScan, jpegCoefficients, jpegStateBytes } from '../ops/jpeg-coefficients.ts';
import { jpegHuffmanTable, jpegTableBytes } from '../ops/jpeg-huffman-table.ts';
import { jpegInverseDct, jpegInverseDctScratchBytes } from '../ops/jpeg-inverse-dct.ts';
import { jpegPixels, jpegPixelsScratchBytes } from '../ops/jpeg-pixels.ts';
import { jpegStreamBytes, jpegUnstuff } from '../ops/jpeg-unstuff.ts';
import { lars } from '../ops/lars.ts';
import { layerNormBackward, layerNormForward, layerNormParameterGradient } from '../ops/layer-norm.ts';
import { leakyReluBackward, leakyReluForward } from '../ops/leaky-relu.ts';
import { lion } from '../ops/lion.ts';
import {
  localResponseNormBackward,
  localResponseNormForward,
  localResponseNormScratchFloats,
} from '../ops/local-response-norm.ts';
import { allocateLocallyConnected, LocallyConnected } from '../ops/locally-connected.ts';
import { lookUp } from '../ops/look-up.ts';
import { lpPoolBackward, lpPoolForward } from '../ops/lp-pool.ts';
import { matmul, matmulScratchFloats } from '../ops/matmul.ts';
import { maxUnpoolBackward, maxUnpoolForward } from '../ops/max-unpool.ts';
import { mseLoss } from '../ops/mse-loss.ts';
import { multiply, multiplyChannels, multiplyChannelsGradient } from '../ops/multiply.ts';
import { normalise } from '../ops/normalise.ts';
import { pad2dBackward, pad2dForward, pad2dModes } from '../ops/pad2d.ts';
import { philox } from '../ops/philox.ts';
import { averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward } from '../ops/pool.ts';
import { adaptivePoolGeometry, poolGeometry } from '../ops/pool-geometry.ts';
import { posterize } from '../ops/posterize.ts';
import { preluBackward, preluForward, preluParameterGradient } from '../ops/prelu.ts';
import { add, columnSums, treeSum } from '../ops/reduce.ts';
import { reluBackward, reluForward } from '../ops/relu.ts';
import { relu6Backward, relu6Forward } from '../ops/relu6.ts';
import {
  affineBilinear,
  affineNearest,
  perspectiveBilinear,
  perspectiveNearest,
  resampleScratchBytes,
} from '../ops/resample.ts';
import { resizeColumns, resizeRows } from '../ops/resize.ts';
import { rmsprop } from '../ops/rmsprop.ts';
import { scaleBytes, scaleScratchBytes } from '../ops/scale-bytes.ts';
import { sgd } from '../ops/sgd.ts';
import { sigmoidBackward, sigmoidForward } from '../ops/sigmoid.ts';
import { siluBackward, siluForward } from '../ops/silu.ts';
import { smooth } from '../ops/smooth.ts';
import { softMarginLoss } from '../ops/soft-margin-loss.ts';
import { softmaxBackward, softmaxForward } from '../ops/softmax.ts';
import { softmax, softmaxCrossEntropy } from '../ops/softmax-cross-entropy.ts';
import { solarize, solarizeAdd } from '../ops/solarize.ts';
import { squareSum } from '../ops/square-sum.ts';
import { tanhBackward, tanhForward } from '../ops/tanh.ts';
import { TransposedConvolution } from '../ops/transposed-convolution.ts';
import { turnHue } from '../ops/turn-hue.ts';
import { upsampleBackward, upsampleForward, upsampleGeometry } from '../ops/upsample.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import { treeMerges } from '../reference/reduce.ts';
import { type Arena, arenaOf } from './arena.ts';
import { acCode, dcCode, encodeScan, padded } from './jpeg.ts';

/** Hashes the outputs of each op. */
export function digests(build: KernelBuild): Record<string, string> {
  return Object.fromEntries(
    Object.entries(programs).map(([op, program]) => {
      const arena = arenaOf(build, memories[op]);
      program(arena);
      return [op, createHash('sha256').update(arena.outputBits()).digest('hex').slice(0, 16)];
    }),
  );
}

/** Full mantissas, so that every rounding shows. */
const random = (count: number, seed: number, scale = 0.7) => pseudoRandom(count, seed, scale);

/** Bytes of memory, where it takes more than others. */
const memories: Readonly<Record<string, number>> = { winogradOfManyWeights: 2 ** 22 };

const programs: Record<string, (arena: Arena) => void> = {
  convolution(arena) {
    const shape = { height: 9, width: 7, kernelSize: [3, 3], padding: [1, 1], dilation: [1, 1] } as const;
    runConvolution(arena, { ...shape, inChannels: 5, outChannels: 30, stride: [1, 1] }, 10);
    runConvolution(arena, { ...shape, inChannels: 17, outChannels: 9, stride: [2, 3] }, 20);
  },

  firstLayer(arena) {
    const shape = { height: 9, width: 7, kernelSize: [3, 3], padding: [1, 1], dilation: [1, 1] } as const;
    runConvolution(arena, { ...shape, inChannels: 3, outChannels: 10, stride: [2, 1] }, 25);
  },

  pixelLanes(arena) {
    const shape = { height: 7, width: 17, kernelSize: [3, 5], padding: [1, 2], dilation: [1, 1] } as const;
    runConvolution(arena, { ...shape, inChannels: 1, outChannels: 6, stride: [1, 1] }, 27);
  },

  winograd(arena) {
    const shape = { height: 9, width: 7, kernelSize: [3, 3], padding: [1, 1], dilation: [1, 1] } as const;
    runConvolution(arena, { ...shape, inChannels: 16, outChannels: 24, stride: [1, 1] }, 30);
  },

  winogradOfManyWeights(arena) {
    const shape = { height: 7, width: 5, kernelSize: [3, 3], padding: [1, 1], dilation: [1, 1] } as const;
    runConvolution(arena, { ...shape, inChannels: 56, outChannels: 88, stride: [1, 1] }, 33);
  },

  karatsuba(arena) {
    const shape = {
      height: 2,
      width: 2,
      kernelSize: [3, 3],
      stride: [1, 1],
      padding: [1, 1],
      dilation: [1, 1],
    } as const;
    runConvolution(arena, { ...shape, inChannels: 64, outChannels: 72 }, 35);
  },

  transposedConvolution(arena) {
    const shape = { height: 9, width: 8, kernelSize: [4, 3], padding: [1, 0], dilation: [1, 2] } as const;
    const geometry = convolutionGeometry({ ...shape, inChannels: 5, outChannels: 9, stride: [2, 1] });
    const memory = arena.layOut((allocator) => allocateConvolution(arena.k, geometry, 2, 1, allocator, allocator));
    const transposed = new TransposedConvolution(arena.k, new Convolution(arena.k, geometry, 2, memory));
    const [xLength, yLength] = [2 * geometry.outputHeight * geometry.outputWidth * 9, 2 * 9 * 8 * 5];
    const [x, dy] = [arena.put(random(xLength, 1)), arena.put(random(yLength, 2))];
    const weight = arena.put(random(12 * 5 * 9, 3));
    transposed.packForward(weight);
    transposed.forward(x, arena.put(random(5, 4)), arena.output(yLength), 2);
    transposed.packInputGradient(weight);
    transposed.inputGradient(dy, arena.output(xLength), 2);
    transposed.weightGradient([{ x, dy, images: 2, merges: 0 }], arena.output(12 * 5 * 9));
  },

  locallyConnected(arena) {
    const shape = { height: 6, width: 7, kernelSize: [3, 3], padding: [1, 1], dilation: [1, 1] } as const;
    const geometry = convolutionGeometry({ ...shape, inChannels: 5, outChannels: 9, stride: [1, 2] });
    const memory = arena.layOut((allocator) => allocateLocallyConnected(arena.k, geometry, 3, 2, allocator, allocator));
    const layer = new LocallyConnected(arena.k, geometry, memory);
    const [xImage, yImage] = [6 * 7 * 5, geometry.outputHeight * geometry.outputWidth * 9];
    const [x, dy] = [arena.put(random(5 * xImage, 1)), arena.put(random(5 * yImage, 2))];
    const weight = arena.put(random(yImage * 45, 3));
    const [y, dx] = [arena.output(5 * yImage), arena.output(5 * xImage)];
    const split = (from: number, fromImage: number, to: number, toImage: number) => [
      { from, to, images: 3 },
      { from: from + 3 * fromImage * 4, to: to + 3 * toImage * 4, images: 2 },
    ];
    layer.forward(split(x, xImage, y, yImage), weight, arena.put(random(yImage, 4)));
    layer.inputGradient(split(dy, yImage, dx, xImage), weight);
    const shards = split(x, xImage, dy, yImage);
    layer.weightGradient(
      shards.map(({ from, to, images }, merges) => ({ x: from, dy: to, images, merges })),
      arena.output(yImage * 45),
    );
  },

  pad2d(arena) {
    for (const mode of pad2dModes) {
      const g = { height: 4, width: 5, channels: 7, border: { top: 1, bottom: 3, left: 2, right: 4 }, mode } as const;
      pad2dForward(arena.k, g, arena.put(random(2 * 4 * 5 * 7, 1)), arena.output(2 * 8 * 11 * 7), 2, 0.3);
      pad2dBackward(arena.k, g, arena.put(random(2 * 8 * 11 * 7, 2)), arena.output(2 * 4 * 5 * 7), 2);
    }
  },

  matmul(arena) {
    const size = { rows: 13, depth: 40, columns: 29 };
    const [a, b, c] = [arena.put(random(13 * 40, 1)), arena.put(random(40 * 29, 2)), arena.output(13 * 29)];
    matmul(arena.k, a, b, c, size, arena.scratch(matmulScratchFloats(arena.k, size) * 4));
  },

  pool(arena) {
    const g = poolGeometry({ height: 9, width: 8, channels: 7, kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] });
    const [inputs, outputs] = [2 * 9 * 8 * 7, 2 * 5 * 4 * 7];
    const [x, dy] = [arena.put(random(inputs, 1)), arena.put(random(outputs, 2))];
    const y = arena.output(outputs);
    maxPoolForward(arena.k, g, x, y, 2);
    maxPoolBackward(arena.k, g, x, y, dy, arena.output(inputs), 2);
    averagePoolForward(arena.k, g, x, arena.output(outputs), 2);
    averagePoolBackward(arena.k, g, dy, arena.output(inputs), 2);
  },

  poolVariants(arena) {
    const size = { height: 9, width: 8, channels: 7 } as const;
    const [inputs, outputs] = [2 * 9 * 8 * 7, 2 * 5 * 4 * 7];
    const [x, dy] = [arena.put(random(inputs, 1)), arena.put(random(outputs, 2))];
    const y = arena.output(outputs);
    const plain = poolGeometry({ ...size, kernelSize: [2, 3], stride: [2, 2], ceilMode: true });
    averagePoolForward(arena.k, plain, x, y, 2, 'inside');
    averagePoolBackward(arena.k, plain, dy, arena.output(inputs), 2, 'inside');
    const norm = arena.output(outputs);
    lpPoolForward(arena.k, plain, x, norm, 2);
    lpPoolBackward(arena.k, plain, x, norm, dy, arena.output(inputs), 2);
    const dilated = poolGeometry({ ...size, kernelSize: [2, 2], stride: [2, 2], padding: [1, 1], dilation: [2, 3] });
    const largest = arena.output(outputs);
    maxPoolForward(arena.k, dilated, x, largest, 2);
    maxPoolBackward(arena.k, dilated, x, largest, dy, arena.output(inputs), 2);
    maxUnpoolForward(arena.k, dilated, dy, x, arena.output(inputs), 2);
    maxUnpoolBackward(arena.k, dilated, x, x, arena.output(outputs), 2);
    const adaptive = adaptivePoolGeometry(size, [5, 4]);
    averagePoolForward(arena.k, adaptive, x, arena.output(outputs), 2);
    averagePoolBackward(arena.k, adaptive, dy, arena.output(inputs), 2);
  },

  upsample(arena) {
    const size = { height: 5, width: 4, channels: 11 } as const;
    const [inputs, outputs] = [2 * 5 * 4 * 11, 2 * 8 * 7 * 11];
    const [x, dy] = [arena.put(random(inputs, 1)), arena.put(random(outputs, 2))];
    for (const mode of [{ mode: 'nearest' }, { mode: 'bilinear' }, { mode: 'bilinear', alignCorners: true }] as const) {
      const g = upsampleGeometry({ ...size, size: [8, 7], ...mode });
      upsampleForward(arena.k, g, x, arena.output(outputs), 2);
      upsampleBackward(arena.k, g, dy, arena.output(inputs), 2);
    }
  },

  batchNorm(arena) {
    const [channels, shards, pixels] = [11, 3, 13];
    const length = pixels * channels;
    const merges = arena.putIntegers(treeMerges(shards));
    const rows = arena.outputDoubles(shards * 2 * channels);
    const counts = arena.inPlace(arena.putDoubles([pixels, pixels, pixels]));
    const x = Array.from({ length: shards }, (_, s) => arena.put(random(length, s, 3)));
    const dy = Array.from({ length: shards }, (_, s) => arena.put(random(length, 10 + s)));
    const row = (s: number) => rows + s * channels * 16;
    const vector = (seed: number) => arena.put(random(channels, seed));
    const [mean, inverse, nextMean, nextVariance] = [1, 2, 3, 4].map(() => arena.output(channels)) as [
      number,
      number,
      number,
      number,
    ];
    const scratch = arena.scratch(batchNormScratchFloats(channels) * 4);
    x.forEach((at, s) => {
      batchNormStatistics(arena.k, at, pixels, channels, row(s), scratch);
    });
    const whole = arena.outputDoubles(2 * channels);
    batchNormCombine(arena.k, rows, counts, shards, channels, merges, whole);
    const running = { runningMean: vector(20), runningVariance: vector(21) };
    const count = pixels * shards;
    batchNormFinish(arena.k, whole, count, channels, 1e-5, 0.1, { mean, inverse, nextMean, nextVariance, ...running });
    batchNormInverse(arena.k, arena.put(random(channels, 22).map(Math.abs)), channels, 1e-3, arena.output(channels));
    const at = { mean, inverse, weight: vector(23), bias: vector(24), scratch };
    for (const input of x) batchNormApply(arena.k, input, arena.output(length), pixels, channels, at);
    const sums = arena.outputDoubles(shards * 2 * channels);
    x.forEach((input, s) => {
      const to = sums + s * channels * 16;
      batchNormBackwardSums(arena.k, input, dy[s]!, pixels, channels, mean, to, scratch);
      batchNormParameterGradient(arena.k, to, channels, inverse, arena.output(channels), arena.output(channels));
    });
    const sum = arena.outputDoubles(2 * channels);
    treeSumDouble(arena.k, sums, shards, 2 * channels, merges, sum);
    x.forEach((input, s) => {
      const backward = { ...at, row: sum, count };
      batchNormBackwardApply(arena.k, input, dy[s]!, arena.output(length), pixels, channels, backward);
    });
  },

  batchNormResidual(arena) {
    for (const channels of [11, 16]) {
      const pixels = 37;
      const length = pixels * channels;
      const [x, residual, dy] = [1, 2, 3].map((seed) => arena.put(random(length, seed, 3))) as [number, number, number];
      const scratch = arena.scratch(batchNormScratchFloats(channels) * 4);
      const [mean, inverse, weight, bias] = [4, 5, 6, 7].map((seed) => arena.put(random(channels, seed))) as [
        number,
        number,
        number,
        number,
      ];
      const at = { mean, inverse, weight, bias, scratch };
      batchNormResidualApply(arena.k, x, residual, arena.output(length), pixels, channels, at);
      const y = arena.output(length);
      batchNormResidualApply(arena.k, x, residual, y, pixels, channels, { ...at, activation: 'relu' });
      batchNormResidualSums(arena.k, x, y, arena.inPlace(dy), pixels, channels, arena.outputDoubles(2 * channels), at);
    }
  },

  layerNorm(arena) {
    const [rows, length] = [5, 27];
    const [x, dy] = [arena.put(random(rows * length, 1, 3)), arena.put(random(rows * length, 2))];
    for (const centred of [true, false]) {
      const size = { rows, length, centred };
      const vectors = { weight: arena.put(random(length, 3)), bias: arena.put(random(length, 4)) };
      const at = { ...vectors, mean: arena.output(rows), inverse: arena.output(rows) };
      layerNormForward(arena.k, x, arena.output(rows * length), size, 1e-5, at);
      layerNormBackward(arena.k, x, dy, arena.output(rows * length), size, at);
      const gradients = { dweight: arena.output(length), dbias: arena.output(length) };
      layerNormParameterGradient(arena.k, x, dy, size, { ...at, ...gradients });
    }
  },

  groupNorm(arena) {
    const [images, pixels, channels] = [3, 13, 18];
    const length = images * pixels * channels;
    const [x, dy] = [arena.put(random(length, 1, 3)), arena.put(random(length, 2))];
    for (const groups of [1, 3, 18]) {
      const size = { images, pixels, channels, groups };
      const vectors = { weight: arena.put(random(channels, 3)), bias: arena.put(random(channels, 4)) };
      const statistics = { mean: arena.output(images * groups), inverse: arena.output(images * groups) };
      const at = { ...vectors, ...statistics, scratch: arena.scratch(groupNormScratchFloats(channels) * 4) };
      groupNormForward(arena.k, x, arena.output(length), size, 1e-5, at);
      const gradients = { dweight: arena.output(channels), dbias: arena.output(channels) };
      groupNormBackward(arena.k, x, dy, arena.output(length), size, { ...at, ...gradients });
    }
  },

  localResponseNorm(arena) {
    const [rows, channels] = [5, 27];
    const [x, dy] = [arena.put(random(rows * channels, 1, 3)), arena.put(random(rows * channels, 2))];
    for (const [size, beta] of [
      [5, 0.75],
      [4, 1.3],
    ] as const) {
      const layer = { rows, channels, size, alpha: 2, beta, k: 1 };
      const scratch = arena.scratch(localResponseNormScratchFloats(layer) * 4);
      localResponseNormForward(arena.k, x, arena.output(rows * channels), layer, scratch);
      localResponseNormBackward(arena.k, x, dy, arena.output(rows * channels), layer, scratch);
    }
  },

  relu(arena) {
    const [x, dy, y, dx] = [arena.put(random(19, 1)), arena.put(random(19, 2)), arena.output(19), arena.output(19)];
    reluForward(arena.k, x, y, 19);
    reluBackward(arena.k, y, dy, dx, 19);
  },

  activations(arena) {
    const length = 403;
    const [x, dy] = [arena.put(random(length, 1, 6)), arena.put(random(length, 2))];
    const forwards = [relu6Forward, hardSigmoidForward, hardSwishForward, sigmoidForward, tanhForward, siluForward];
    const backwards = [
      relu6Backward,
      hardSigmoidBackward,
      hardSwishBackward,
      sigmoidBackward,
      tanhBackward,
      siluBackward,
    ];
    for (const forward of [...forwards, geluForward, geluTanhForward])
      forward(arena.k, x, arena.output(length), length);
    for (const backward of [...backwards, geluBackward, geluTanhBackward])
      backward(arena.k, x, dy, arena.output(length), length);
    leakyReluForward(arena.k, x, arena.output(length), length, 0.01);
    leakyReluBackward(arena.k, x, dy, arena.output(length), length, 0.01);
    for (const slopes of ['shared', 'channels'] as const) {
      const size = { rows: 31, channels: 13, slopes };
      const weight = arena.put(random(13, 3));
      preluForward(arena.k, x, weight, arena.output(length), size);
      preluBackward(arena.k, x, weight, dy, arena.output(length), size);
      preluParameterGradient(arena.k, x, dy, arena.output(slopes === 'shared' ? 1 : 13), size);
    }
    const y = arena.output(length);
    softmaxForward(arena.k, x, y, 31, 13);
    softmaxBackward(arena.k, y, dy, arena.output(length), 31, 13);
  },

  dropout(arena) {
    const stream = { seed: 7, purpose: 4, epoch: 1, position: 9, layer: 2 };
    dropout(
      arena.k,
      arena.put(random(111, 1)),
      arena.output(111),
      3,
      37,
      stream,
      0.3,
      arena.scratch(dropoutScratchBytes),
    );
    philox(arena.k, arena.output(64), 64, [1, 2, 3], [4, 5]);
  },

  multiply(arena) {
    const [x, dy, scale] = [arena.put(random(2 * 5 * 7, 1)), arena.put(random(70, 2)), arena.put(random(14, 3))];
    multiply(arena.k, x, dy, arena.output(70), 70);
    multiplyChannels(arena.k, x, scale, arena.output(70), 2, 5, 7);
    multiplyChannelsGradient(arena.k, x, dy, arena.output(14), 2, 5, 7);
    copyColumns(arena.k, x, 7, arena.output(50), 5, 10, 5);
  },

  softmaxCrossEntropy(arena) {
    const [samples, classes] = [20, 10];
    const logits = arena.put(random(samples * classes, 1, 25));
    const labels = arena.putIntegers(Array.from({ length: samples }, (_, n) => n % classes));
    const losses = arena.outputDoubles(samples);
    const [gradient, predicted, probabilities] = [arena.output(200), arena.output(samples), arena.output(samples)];
    const at = { logits, labels, gradient, losses, predicted, probabilities };
    softmaxCrossEntropy(arena.k, at, samples, classes);
    softmax(arena.k, logits, arena.output(200), samples, classes);
  },

  losses(arena) {
    const [images, elements] = [4, 30];
    const count = images * elements;
    const x = arena.put(random(count, 1, 12));
    const outputs = () => ({ gradient: arena.output(count), losses: arena.outputDoubles(images) });
    const shares = arena.put(random(count, 2).map((value) => (value + 1) / 2));
    const weights = arena.put(random(10, 3).map((value) => value + 1));
    const soft = { logits: x, labels: 0, targets: shares, weights, ...outputs(), predicted: 0, probabilities: 0 };
    softmaxCrossEntropy(arena.k, soft, images, 10, { pixels: 3, labelSmoothing: 0.1, scale: 0.3 });
    const size = { images, pixels: 3, channels: 10 };
    bceWithLogitsLoss(arena.k, { x, targets: shares, posWeight: weights, ...outputs() }, size, 0.3);
    mseLoss(arena.k, { x, targets: shares, ...outputs() }, images, elements, 0.3);
    const signs = arena.put(random(count, 4).map((value) => (value < 0 ? -1 : 1)));
    softMarginLoss(arena.k, { x, targets: signs, ...outputs() }, images, elements, 0.3);
  },

  sgd(arena) {
    for (const nesterov of [false, true]) {
      const at = {
        parameters: arena.put(random(40, 1)),
        nextParameters: arena.output(40),
        gradient: arena.put(random(40, 2, 100)),
        velocity: arena.put(random(40, 3)),
        nextVelocity: arena.output(40),
      };
      sgd(arena.k, at, 40, { samples: 37, learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4, nesterov });
    }
  },

  adam(arena) {
    const numbers = { samples: 37, learningRate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8 };
    const corrections = { correction1: 1 - 0.9 * 0.9, correction2: 1 - 0.999 * 0.999 };
    for (const [weightDecay, decoupledWeightDecay] of [
      [0.1, 0],
      [0, 0.1],
    ] as const) {
      const at = {
        ...updated(arena),
        average: arena.put(random(40, 3)),
        nextAverage: arena.output(40),
        ...squares(arena),
        largest: arena.put(random(40, 5).map((value) => value * value)),
        nextLargest: arena.output(40),
      };
      adam(arena.k, at, 40, { ...numbers, ...corrections, weightDecay, decoupledWeightDecay });
    }
  },

  adagrad(arena) {
    const at = { ...updated(arena), sum: arena.put(random(40, 3).map(Math.abs)), nextSum: arena.output(40) };
    adagrad(arena.k, at, 40, { samples: 37, learningRate: 0.01, eps: 1e-10, weightDecay: 0.1 });
  },

  rmsprop(arena) {
    const numbers = { samples: 37, learningRate: 0.01, alpha: 0.99, eps: 1e-8, momentum: 0.9, weightDecay: 0.1 };
    rmsprop(arena.k, { ...updated(arena), ...squares(arena) }, 40, numbers);
    const at = {
      ...updated(arena),
      ...squares(arena),
      average: arena.put(random(40, 5, 0.1)),
      nextAverage: arena.output(40),
      velocity: arena.put(random(40, 6)),
      nextVelocity: arena.output(40),
    };
    rmsprop(arena.k, at, 40, numbers);
  },

  lion(arena) {
    const at = { ...updated(arena), average: arena.put(random(40, 3)), nextAverage: arena.output(40) };
    lion(arena.k, at, 40, { samples: 37, learningRate: 1e-3, beta1: 0.9, beta2: 0.99, weightDecay: 0.1 });
  },

  lars(arena) {
    const at = { ...updated(arena), velocity: arena.put(random(40, 3)), nextVelocity: arena.output(40) };
    lars(arena.k, at, 40, { samples: 37, learningRate: 0.01, momentum: 0.9, weightDecay: 0.1 });
  },

  squareSum(arena) {
    const sum = squareSum(arena.k, arena.put(random(4099, 1)), 4099);
    arena.k.f64[arena.outputDoubles(1) / 8] = sum;
  },

  reduce(arena) {
    const rows = arena.put(random(7 * 20, 1));
    columnSums(arena.k, rows, 10, 14, arena.output(14));
    treeSum(arena.k, rows, 7, 20, arena.putIntegers(treeMerges(7)), arena.output(20));
    add(arena.k, arena.inPlace(arena.put(random(21, 2))), arena.put(random(21, 3)), 21);
  },

  transposePlanes(arena) {
    transposePlanes(arena.k, arena.put(random(2 * 6 * 5, 1)), arena.output(60), 2, 6, 5);
  },
  normalise(arena) {
    const bytes = arena.putBytes(Array.from({ length: 297 }, (_, i) => (7 * i) % 256));
    normalise(arena.k, bytes, arena.put(random(768, 1)), arena.output(297), 99, 3);
  },
  pictures(arena) {
    const size = { height: 9, width: 11, channels: 3 };
    const [pixels, length] = [99, 297];
    const bytes = (count: number, seed: number) =>
      Array.from(random(count, seed, 128), (value) => Math.floor(value + 128));
    const [x, d, tables] = [bytes(length, 1), bytes(length, 2), bytes(768, 3)].map((values) =>
      arena.putBytes(values),
    ) as [number, number, number];
    const y = () => arena.outputBytes(length);
    const { k } = arena;
    lookUp(k, x, tables, y(), pixels, 3);
    histogram(k, x, pixels, 3, arena.output(768), arena.scratch(histogramScratchBytes(3)));
    byteExtremes(k, x, pixels, 3, arena.outputBytes(6));
    k.f64[arena.outputDoubles(1) / 8] = byteSum(k, x, length);
    solarize(k, x, y(), pixels, 3, 100);
    solarizeAdd(k, x, y(), pixels, 3, 100, 50);
    posterize(k, x, y(), pixels, 3, 3);
    const lines = [
      [70000, -9000],
      [65536, 0],
      [200000, -5000000],
    ] as const;
    scaleBytes(k, x, y(), pixels, lines, arena.scratch(scaleScratchBytes));
    blend(k, d, x, y(), length, 1.7);
    blendConstant(k, 99, x, y(), pixels, 3, 0.3);
    blendGrey(k, x, y(), pixels, 3, 1.3);
    turnHue(k, x, y(), pixels, 3, 40);
    grey(k, x, arena.outputBytes(pixels), pixels, 3);
    desaturate(k, x, y(), pixels, 3);
    smooth(k, x, y(), size);
    flipHorizontal(k, x, y(), size);
    flipVertical(k, x, y(), size);
    copyRows(k, x + 8 * 33 + 3, -33, arena.outputBytes(9 * 21), 21, 9, 21);
    const places = () => ({
      x,
      y: arena.inPlace(arena.putBytes(bytes(length, 4))),
      scratch: arena.scratch(resampleScratchBytes),
    });
    const matrix = [0.9, 0.2, -0.3, -0.2, 0.9, 0.7] as const;
    affineBilinear(k, places(), size, size, matrix);
    affineNearest(k, places(), size, size, matrix);
    perspectiveBilinear(k, places(), size, size, [...matrix, 0.01, -0.02]);
    perspectiveNearest(k, places(), size, size, [...matrix, 0.01, -0.02]);
    const weights = arena.putIntegers(random(15, 5, 2 ** 21));
    const at = { bounds: arena.putIntegers([0, 3, 2, 3, 4, 3, 5, 3, 6, 3]), weights, taps: 3 };
    resizeRows(k, x, arena.outputBytes(9 * 5 * 3), size, 5, at);
    resizeColumns(k, x, arena.outputBytes(5 * 11 * 3), size, 5, at);
  },
  jpeg(arena) {
    const { k } = arena;
    const blocks = Array.from({ length: 12 }, (_, i) =>
      Array.from(random(64, i, 1), (value, place) => (place % 3 === 0 ? Math.round(200 * value) : 0)),
    );
    const bytes = encodeScan(blocks, [0, 0, 0, 0, 1, 2], 1);
    const [file, codes] = [arena.putBytes(bytes), arena.putBytes([...padded(dcCode), ...padded(acCode)])];
    const scan: JpegScan = {
      stream: arena.scratch(jpegStreamBytes(bytes.length, 2)),
      streamBytes: bytes.length + 64,
      segments: arena.scratch(16),
      state: arena.scratch(jpegStateBytes),
      tables: arena.scratch(8 * jpegTableBytes),
      ...{ segmentCount: 2, interval: 1, total: 2, components: [0, 0, 0].map(() => ({ dc: 0, ac: 0 })) },
      ...{ horizontal: 2, vertical: 2 },
    };
    k.u8.fill(0, scan.state, scan.state + jpegStateBytes);
    jpegHuffmanTable(k, codes, scan.tables);
    jpegHuffmanTable(k, codes + 272, scan.tables + 4 * jpegTableBytes);
    jpegUnstuff(k, file, bytes.length, scan.stream, scan.segments, 2);
    const [x, extents] = [arena.output(12 * 32), arena.outputBytes(12)];
    jpegCoefficients(k, scan, 2, x, extents);
    const quantisation = arena.putBytes(Array.from({ length: 128 }, (_, i) => (i % 2 === 0 ? 1 + (i % 5) : 0)));
    const scratch = arena.scratch(jpegInverseDctScratchBytes);
    for (const size of [8, 4, 2, 1] as const) {
      jpegInverseDct(k, x, extents, 12, quantisation, arena.outputBytes(12 * size * size), 12 * size, size, scratch);
    }
    const plane = (seed: number) =>
      arena.putBytes(Array.from(random(80, seed, 128), (value) => Math.floor(value + 128)));
    for (const [horizontal, vertical] of [
      [2, 2],
      [2, 1],
      [1, 2],
      [1, 1],
    ] as const) {
      const planes = {
        ...{ height: 3, width: 21, lumaStride: 21, chromaStride: 21, horizontal, vertical, fancy: true },
        ...{ luma: plane(1), cb: plane(2), cr: plane(3) },
      };
      const part = { top: 0, left: 1, rows: 3, columns: 20 };
      jpegPixels(k, planes, part, arena.outputBytes(180), arena.scratch(jpegPixelsScratchBytes(21)));
    }
  },
};

/** What every update has. */
const updated = (arena: Arena) => ({
  parameters: arena.put(random(40, 1)),
  nextParameters: arena.output(40),
  gradient: arena.put(random(40, 2, 100)),
});

const squares = (arena: Arena) => ({
  squares: arena.put(random(40, 4).map((value) => value * value)),
  nextSquares: arena.output(40),
});

function runConvolution(arena: Arena, shape: ConvolutionShape, seed: number): void {
  const images = 3;
  const geometry = convolutionGeometry(shape);
  const memory = arena.layOut((allocator) => allocateConvolution(arena.k, geometry, images, 3, allocator, allocator));
  const convolution = new Convolution(arena.k, geometry, images, memory);
  const xImage = shape.height * shape.width * shape.inChannels;
  const yImage = geometry.outputHeight * geometry.outputWidth * shape.outChannels;
  const weights = 9 * shape.inChannels * shape.outChannels;
  const [x, dy] = [arena.put(random(images * xImage, seed)), arena.put(random(images * yImage, seed + 1))];
  const [weight, bias] = [arena.put(random(weights, seed + 2)), arena.put(random(shape.outChannels, seed + 3))];
  convolution.packForward(weight);
  convolution.forward(x, bias, arena.output(images * yImage), images);
  convolution.packInputGradient(weight);
  convolution.inputGradient(dy, arena.output(images * xImage), images);
  const shards = treeMerges(3).map((merges, s) => ({
    x: x + s * xImage * 4,
    dy: dy + s * yImage * 4,
    images: 1,
    merges,
  }));
  convolution.weightGradient(shards, arena.output(weights));
}

if (import.meta.main) {
  const build = argv[2];
  if (build !== 'default' && build !== 'revectorised' && build !== 'strict') throw new Error('strict-digest.ts BUILD');
  console.log(JSON.stringify(digests(build)));
}
