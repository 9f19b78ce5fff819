import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { treeMerges } from '../reference/reduce.ts';
import { arenaOf, onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, roundoff } from '../testing/expect-close.ts';
import { type ConvolutionShape, convolutionGeometry } from './convolution-geometry.ts';
import { allocateLocallyConnected, LocallyConnected } from './locally-connected.ts';

function tensors(shape: ConvolutionShape, images: number, seed: number) {
  const { outputHeight, outputWidth } = convolutionGeometry(shape);
  const pixels = outputHeight * outputWidth;
  const taps = shape.kernelSize[0] * shape.kernelSize[1];
  return {
    x: pseudoRandom(images * shape.height * shape.width * shape.inChannels, seed),
    dy: pseudoRandom(images * pixels * shape.outChannels, seed + 1),
    weight: pseudoRandom(pixels * taps * shape.inChannels * shape.outChannels, seed + 2),
    bias: pseudoRandom(pixels * shape.outChannels, seed + 3),
  };
}

/** Compares all passes with the references, in every build; the images in shards of such sizes. */
function check(shape: ConvolutionShape, shards: readonly number[], seed: number): void {
  const images = shards.reduce((sum, count) => sum + count, 0);
  const geometry = convolutionGeometry(shape);
  const { x, dy, weight, bias } = tensors(shape, images, seed);
  // Inputs are below 1 in magnitude, and no sum has more terms than this.
  const terms = shape.kernelSize[0] * shape.kernelSize[1] * (shape.inChannels + shape.outChannels) + images + 2;
  onEveryBuild((arena) => {
    const most = Math.max(0, ...shards);
    const memory = arena.layOut((allocator) =>
      allocateLocallyConnected(arena.k, geometry, most, shards.length, allocator, allocator),
    );
    const layer = new LocallyConnected(arena.k, geometry, memory);
    const [xAt, dyAt, weightAt, biasAt] = [arena.put(x), arena.put(dy), arena.put(weight), arena.put(bias)];
    const [y, plain, dx] = [arena.output(dy.length), arena.output(dy.length), arena.output(x.length)];
    const dweight = arena.output(weight.length);
    /** The shards of two tensors, `before` images behind their beginnings. */
    const split = (from: number, fromLength: number, to: number, toLength: number) =>
      shards.map((count, i) => {
        const before = shards.slice(0, i).reduce((sum, n) => sum + n, 0);
        const at = (pointer: number, length: number) => pointer + (images ? (before * length * 4) / images : 0);
        return { from: at(from, fromLength), to: at(to, toLength), images: count };
      });
    arena.run(() => {
      layer.forward(split(xAt, x.length, y, dy.length), weightAt, biasAt);
      layer.forward(split(xAt, x.length, plain, dy.length), weightAt, 0);
      layer.inputGradient(split(dyAt, dy.length, dx, x.length), weightAt);
      const merges = treeMerges(shards.length);
      const records = split(xAt, x.length, dyAt, dy.length).map(({ from, to, images: count }, i) => ({
        x: from,
        dy: to,
        images: count,
        merges: merges[i]!,
      }));
      layer.weightGradient(records, dweight);
    });
    const none = new Array<number>(bias.length).fill(0);
    const bound = terms * roundoff;
    expectClose(
      'y',
      arena.floats(y, dy.length),
      reference.locallyConnectedForward(shape, images, x, weight, bias),
      bound,
    );
    const unbiased = reference.locallyConnectedForward(shape, images, x, weight, none);
    expectClose('y without bias', arena.floats(plain, dy.length), unbiased, bound);
    const gradient = reference.locallyConnectedInputGradient(shape, images, dy, weight);
    expectClose('dx', arena.floats(dx, x.length), gradient, terms * bound);
    const weightGradient = reference.locallyConnectedWeightGradient(shape, images, x, dy);
    expectClose('dweight', arena.floats(dweight, weight.length), weightGradient, bound);
  });
}

const shapeOf = (
  [height, width, inChannels, outChannels]: readonly [number, number, number, number],
  rest: Partial<ConvolutionShape> = {},
): ConvolutionShape => ({
  height,
  width,
  inChannels,
  outChannels,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: [0, 0],
  dilation: [1, 1],
  ...rest,
});

describe('reference', () => {
  it('is the convolution where all pixels have the same weights', () => {
    const shape = shapeOf([5, 6, 2, 3], { stride: [2, 1], padding: [1, 2] });
    const [rows, columns] = reference.outputShape(shape);
    const x = pseudoRandom(2 * 5 * 6 * 2, 1);
    const weight = Array.from(pseudoRandom(9 * 2 * 3, 2));
    const shared = Array.from({ length: rows * columns }, () => weight).flat();
    const bias = Array.from({ length: rows * columns }, () => [1, 2, 3]).flat();
    expectClose(
      'y',
      reference.locallyConnectedForward(shape, 2, x, shared, bias),
      reference.convolutionForward(shape, 2, x, weight, [1, 2, 3]),
      1e-12,
    );
  });

  it('has gradients that central differences agree with', () => {
    const shape = shapeOf([4, 5, 2, 2], { kernelSize: [3, 2], stride: [1, 2], padding: [1, 0] });
    const { x, dy, weight, bias } = tensors(shape, 2, 1);
    const loss = (input: ArrayLike<number>, weights: ArrayLike<number>): number =>
      dot(reference.locallyConnectedForward(shape, 2, input, weights, bias), dy);
    const dx = centralDifferences([...x], (input) => loss(input, weight), 0.5);
    expectClose('dx', reference.locallyConnectedInputGradient(shape, 2, dy, weight), dx, 1e-12);
    const dweight = centralDifferences([...weight], (weights) => loss(x, weights), 0.5);
    expectClose('dweight', reference.locallyConnectedWeightGradient(shape, 2, x, dy), dweight, 1e-12);
  });
});

describe('a locally connected layer', () => {
  it.each<[string, ConvolutionShape, readonly number[]]>([
    ['one value', shapeOf([1, 1, 1, 1], { kernelSize: [1, 1] }), [1]],
    ['no images', shapeOf([4, 4, 2, 3]), [0]],
    ['no shards', shapeOf([4, 4, 2, 3]), []],
    ['3×3, padded', shapeOf([4, 5, 3, 17], { padding: [1, 1] }), [3]],
    ['shards, one of them empty', shapeOf([5, 4, 5, 6]), [2, 0, 1]],
    ['more images than a tile has rows', shapeOf([3, 3, 17, 5], { padding: [1, 0] }), [7, 6]],
    ['stride 2 with a rest', shapeOf([6, 7, 4, 8], { stride: [2, 2], padding: [1, 1] }), [2, 2]],
    ['stride beyond the kernel', shapeOf([7, 8, 3, 5], { kernelSize: [2, 1], stride: [3, 2] }), [2]],
    ['padding beyond the kernel', shapeOf([2, 3, 2, 3], { kernelSize: [2, 2], padding: [3, 2] }), [2]],
    ['dilation', shapeOf([7, 6, 2, 3], { kernelSize: [3, 2], dilation: [2, 3], padding: [2, 1] }), [2]],
  ])('agrees with the reference: %s', (_, shape, shards) => check(shape, shards, 3));

  it('agrees with the reference on any shape', () => {
    const pair = (minimum: number, maximum: number) =>
      fc.tuple(fc.integer({ min: minimum, max: maximum }), fc.integer({ min: minimum, max: maximum }));
    fc.assert(
      fc.property(
        fc.constantFrom([1, 1], [3, 5], [17, 2], [4, 8]),
        pair(1, 6),
        pair(1, 3),
        pair(1, 3),
        pair(0, 2),
        pair(1, 2),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
        fc.nat(99),
        ([from, to], [height, width], kernelSize, stride, padding, dilation, shards, seed) => {
          const fits = (size: number, axis: 0 | 1) =>
            size + 2 * padding[axis] > dilation[axis] * (kernelSize[axis] - 1);
          fc.pre(fits(height, 0) && fits(width, 1));
          check(shapeOf([height, width, from!, to!], { kernelSize, stride, padding, dilation }), shards, seed);
        },
      ),
      { numRuns: 40, seed: 4 },
    );
  });

  it('refuses groups, more images or shards than there is memory for, merges that are no tree, regions outside the memory', () => {
    const arena = arenaOf('default');
    const geometry = convolutionGeometry(shapeOf([3, 3, 2, 2]));
    const memory = arena.layOut((allocator) => allocateLocallyConnected(arena.k, geometry, 2, 1, allocator, allocator));
    const layer = new LocallyConnected(arena.k, geometry, memory);
    const [x, y, weight] = [arena.output(36), arena.output(4), arena.output(36)];
    const shard = { from: x, to: y, images: 2 };
    expect(() => layer.forward([shard, shard], weight, 0)).toThrow('locallyConnected: shards: expected an integer');
    expect(() => layer.forward([{ ...shard, images: 3 }], weight, 0)).toThrow('images: expected an integer in [0, 2]');
    expect(() => layer.forward([shard], 2 ** 30, 0)).toThrow('locallyConnected: weight: expected 36 elements');
    expect(() => layer.forward([shard], weight, 2 ** 30)).toThrow('locallyConnected: bias: expected 2 elements');
    expect(() => layer.inputGradient([{ ...shard, to: 2 ** 30 }], weight)).toThrow(
      'locallyConnected: output: expected 36',
    );
    const record = { x, dy: y, images: 2, merges: 1 };
    expect(() => layer.weightGradient([record], weight)).toThrow('locallyConnected: merges[0] is 1');
    const grouped = convolutionGeometry({ ...shapeOf([3, 3, 2, 2]), groups: 2 });
    expect(() => new LocallyConnected(arena.k, grouped, memory)).toThrow(
      'locallyConnected: groups: expected an integer',
    );
  });
});
