import { KernelError } from './errors.ts';
import type { Kernels } from './kernels.ts';
import {
  batchNormApply,
  batchNormBackwardApply,
  batchNormBackwardSums,
  batchNormFinish,
  batchNormScratchFloats,
  batchNormStatistics,
} from './ops/batch-norm.ts';
import { allocateConvolution, Convolution } from './ops/convolution.ts';
import { type ConvolutionShape, convolutionGeometry } from './ops/convolution-geometry.ts';
import { maxPoolBackward, maxPoolForward } from './ops/pool.ts';
import { poolGeometry } from './ops/pool-geometry.ts';
import { treeSum } from './ops/reduce.ts';
import { sgd } from './ops/sgd.ts';
import { softmaxCrossEntropy } from './ops/softmax-cross-entropy.ts';
import { pseudoRandom } from './pseudo-random.ts';
import * as reference from './reference/index.ts';
import { Workspace } from './workspace.ts';

/** Bytes of memory that {@link selfCheck} needs. */
export const selfCheckBytes = 1 << 22;

/**
 * Compares the kernels of a build with the scalar references on a few shapes: does this machine, this V8, with these flags,
 * compute what the kernels mean? The three passes of a convolution are called until V8 has replaced their first code by
 * optimised code, which is what a revectorised build is about.
 *
 * @param kernels over a memory of at least {@link selfCheckBytes}, which is overwritten
 * @throws KernelError `KERNEL_SELF_CHECK` that names the op, the element and both values
 */
export function selfCheck(kernels: Kernels): void {
  // Panels of 16, 8 and 4 lanes, some partly filled; a stride; a map narrower than a tile; a linear layer, and one of many weights.
  checkConvolution(kernels, [9, 7], 5, 30, 3, 1, 1, 9);
  checkConvolution(kernels, [8, 9], 17, 9, 3, 2, 1);
  checkConvolution(kernels, [1, 1], 40, 10, 1, 1, 0);
  checkConvolution(kernels, [1, 1], 1024, 256, 1, 1, 0);
  checkConvolution(kernels, [7, 8], 16, 24, 3, 1, 1); // by Winograd's algorithm
  checkMaxPool(kernels);
  checkBatchNorm(kernels);
  checkLoss(kernels);
  checkUpdate(kernels);
}

/** Largest difference of a kernel to its reference, relative to the largest value: rounding makes about 1e-6. */
const tolerance = 1e-4;

function compare(op: string, got: ArrayLike<number>, expected: ArrayLike<number>): void {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!));
  for (let i = 0; i < expected.length; i++) {
    if (Math.abs(got[i]! - expected[i]!) <= tolerance * largest) continue;
    throw new KernelError(
      'KERNEL_SELF_CHECK',
      `${op}: element ${i} is ${got[i]}, the scalar reference has ${expected[i]}: these kernels do not work on this machine; ` +
        'choose another build of the kernels, and please report it',
    );
  }
}

/** Calls until V8 has had the time to optimise what is called: about a millisecond with a free core. */
function untilOptimised(run: () => void): void {
  const end = performance.now() + 5;
  do run();
  while (performance.now() < end);
}

function checkConvolution(
  kernels: Kernels,
  [height, width]: readonly [number, number],
  inChannels: number,
  outChannels: number,
  size: number,
  stride: number,
  padding: number,
  images = 2,
): void {
  const shape: ConvolutionShape = {
    height,
    width,
    inChannels,
    outChannels,
    kernelSize: [size, size],
    stride: [stride, stride],
    padding: [padding, padding],
    dilation: [1, 1],
  };
  const geometry = convolutionGeometry(shape);
  const work = new Workspace(kernels);
  const memory = allocateConvolution(kernels, geometry, images, 2, work.allocator, work.allocator);
  const convolution = new Convolution(kernels, geometry, images, memory);
  const outputs = geometry.outputHeight * geometry.outputWidth * outChannels;
  const x = pseudoRandom(images * height * width * inChannels, 1);
  const weight = pseudoRandom(size * size * inChannels * outChannels, 2);
  const bias = pseudoRandom(outChannels, 3);
  const dy = pseudoRandom(images * outputs, 4);
  const [xAt, weightAt, biasAt, dyAt] = [work.put(x), work.put(weight), work.put(bias), work.put(dy)];
  const [yAt, dxAt, dweightAt] = [work.floats(dy.length), work.floats(x.length), work.floats(weight.length)];
  const name = `convolution ${size}x${size} of ${height}x${width}, ${inChannels} to ${outChannels} channels, stride ${stride}`;

  convolution.packForward(weightAt);
  untilOptimised(() => convolution.forward(xAt, biasAt, yAt, images));
  compare(`${name}, forward`, work.read(yAt, dy.length), reference.convolutionForward(shape, images, x, weight, bias));

  convolution.packInputGradient(weightAt);
  untilOptimised(() => convolution.inputGradient(dyAt, dxAt, images));
  const dx = reference.convolutionInputGradient(shape, images, dy, weight);
  compare(`${name}, input gradient`, work.read(dxAt, x.length), dx);

  const shards = [
    { x: xAt, dy: dyAt, images: 1, merges: 0 },
    { x: xAt + (x.length / images) * 4, dy: dyAt + outputs * 4, images: images - 1, merges: 1 },
  ];
  untilOptimised(() => convolution.weightGradient(shards, dweightAt));
  const dweight = reference.convolutionWeightGradient(shape, images, x, dy);
  compare(`${name}, weight gradient`, work.read(dweightAt, weight.length), dweight);
}

function checkMaxPool(kernels: Kernels): void {
  const g = poolGeometry({ height: 7, width: 5, channels: 6, kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] });
  const work = new Workspace(kernels);
  const x = pseudoRandom(g.height * g.width * g.channels, 5);
  const y = reference.maxPoolForward(g, 1, x);
  const dy = pseudoRandom(y.length, 6);
  const [xAt, yAt, dyAt, dxAt] = [work.put(x), work.floats(y.length), work.put(dy), work.floats(x.length)];
  maxPoolForward(kernels, g, xAt, yAt, 1);
  compare('max pooling, forward', work.read(yAt, y.length), y);
  maxPoolBackward(kernels, g, xAt, yAt, dyAt, dxAt, 1);
  compare('max pooling, backward', work.read(dxAt, x.length), reference.maxPoolBackward(g, 1, x, dy));
}

function checkBatchNorm(kernels: Kernels): void {
  const [pixels, channels, eps] = [37, 11, 1e-5];
  const work = new Workspace(kernels);
  const x = pseudoRandom(pixels * channels, 7, 3);
  const dy = pseudoRandom(pixels * channels, 8);
  const [weight, bias] = [pseudoRandom(channels, 9), pseudoRandom(channels, 10)];
  const running = new Float32Array(channels);
  const [xAt, dyAt, yAt, dxAt] = [work.put(x), work.put(dy), work.floats(x.length), work.floats(x.length)];
  const at = {
    mean: work.floats(channels),
    inverse: work.floats(channels),
    weight: work.put(weight),
    bias: work.put(bias),
    runningMean: work.put(running),
    runningVariance: work.put(running),
    nextMean: work.floats(channels),
    nextVariance: work.floats(channels),
    scratch: work.floats(batchNormScratchFloats(channels)),
    row: work.doubles(2 * channels),
    count: pixels,
  };
  const { mean, inverse, runningMean, runningVariance, nextMean, nextVariance } = at;
  batchNormStatistics(kernels, xAt, pixels, channels, at.row, at.scratch);
  batchNormFinish(kernels, at.row, pixels, channels, eps, 0.1, {
    mean,
    inverse,
    runningMean,
    runningVariance,
    nextMean,
    nextVariance,
  });
  batchNormApply(kernels, xAt, yAt, pixels, channels, at);
  const statistics = reference.batchNormStatistics(x, channels);
  const finished = reference.batchNormFinish(statistics, eps, 0.1, running, running);
  const normalised = reference.batchNormApply(x, statistics.mean, finished.inverse, weight, bias);
  compare('batch norm, running variance', work.read(nextVariance, channels), finished.nextVariance);
  compare('batch norm, forward', work.read(yAt, x.length), normalised);
  batchNormBackwardSums(kernels, xAt, dyAt, pixels, channels, mean, at.row, at.scratch);
  batchNormBackwardApply(kernels, xAt, dyAt, dxAt, pixels, channels, at);
  const { dx } = reference.batchNormBackward(x, dy, statistics.mean, finished.inverse, weight);
  compare('batch norm, backward', work.read(dxAt, x.length), dx);
}

function checkLoss(kernels: Kernels): void {
  const [samples, classes] = [5, 10];
  const work = new Workspace(kernels);
  const logits = pseudoRandom(samples * classes, 11, 8);
  const labels = [3, 0, 9, 5, 5];
  const gradient = work.floats(logits.length);
  const losses = work.doubles(samples);
  const pointers = { losses, gradient, predicted: work.floats(samples), probabilities: work.floats(samples) };
  const at = { logits: work.put(logits), labels: work.putIntegers(labels), ...pointers };
  softmaxCrossEntropy(kernels, at, samples, classes);
  const expected = reference.softmaxCrossEntropy(logits, labels, classes);
  compare('softmax cross-entropy', work.readDoubles(losses, samples), expected.losses);
  compare('softmax cross-entropy, gradient', work.read(gradient, logits.length), expected.gradient);
}

function checkUpdate(kernels: Kernels): void {
  const [rows, length] = [3, 20];
  const work = new Workspace(kernels);
  const partial = Array.from({ length: rows }, (_, row) => pseudoRandom(length, 12 + row));
  const [parameters, velocity] = [pseudoRandom(length, 16), pseudoRandom(length, 17)];
  const at = {
    parameters: work.put(parameters),
    nextParameters: work.floats(length),
    gradient: work.floats(length),
    velocity: work.put(velocity),
    nextVelocity: work.floats(length),
  };
  const rowsAt = work.put(partial.flatMap((row) => [...row]));
  treeSum(kernels, rowsAt, rows, length, work.putIntegers(reference.treeMerges(rows)), at.gradient);
  const gradient = reference.treeSum(
    partial.map((row) => [...row]),
    reference.add,
  );
  compare('tree sum', work.read(at.gradient, length), gradient);
  const step = { samples: 7, learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true };
  sgd(kernels, at, length, step);
  const expected = reference.sgd(parameters, gradient, velocity, step);
  compare('sgd', work.read(at.nextParameters, length), expected.parameters);
}
