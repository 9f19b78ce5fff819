import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { expectClose, roundoff } from '../testing/expect-close.ts';
import { allocateConvolution, Convolution } from './convolution.ts';
import { type ConvolutionAlgorithms, convolutionAlgorithm, directAlgorithms } from './convolution-algorithm.ts';
import { type ConvolutionShape, convolutionGeometry } from './convolution-geometry.ts';
import { add } from './reduce.ts';
import { winogradApplies } from './winograd.ts';

const shapeOf = (
  height: number,
  width: number,
  inChannels: number,
  outChannels: number,
  padding: readonly [number, number],
): ConvolutionShape => ({
  height,
  width,
  inChannels,
  outChannels,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding,
  dilation: [1, 1],
});

const winograd: ConvolutionAlgorithms = { forward: 'winograd', inputGradient: 'winograd', weightGradient: 'winograd' };
const absolute = (values: ArrayLike<number>): number[] => Array.from(values, Math.abs);

function prepare(arena: Arena, shape: ConvolutionShape, maxImages: number, maxShards: number): Convolution {
  const geometry = convolutionGeometry(shape);
  const memory = arena.layOut((allocator) =>
    allocateConvolution(arena.k, geometry, maxImages, maxShards, allocator, allocator, winograd),
  );
  return new Convolution(arena.k, geometry, maxImages, memory);
}

/**
 * The transforms mix the pixels of a tile, and so their errors: an element is off by some roundoffs of the *largest* sum of
 * magnitudes near it, not of its own. 60 of them are five times what has been seen.
 */
const bound = (magnitudes: ArrayLike<number>): number => 60 * roundoff * Math.max(1e-30, ...Array.from(magnitudes));

function check(shape: ConvolutionShape, shardImages: readonly number[], seed: number): void {
  const images = shardImages.reduce((sum, count) => sum + count, 0);
  const [outputHeight, outputWidth] = reference.outputShape(shape);
  const xImage = shape.height * shape.width * shape.inChannels;
  const yImage = outputHeight * outputWidth * shape.outChannels;
  const x = pseudoRandom(images * xImage, seed);
  const weight = pseudoRandom(9 * shape.inChannels * shape.outChannels, seed + 1);
  const bias = pseudoRandom(shape.outChannels, seed + 2);
  const dy = pseudoRandom(images * yImage, seed + 3);
  const y = reference.convolutionForward(shape, images, x, weight, bias);
  const dx = reference.convolutionInputGradient(shape, images, dy, weight);
  const dweight = reference.convolutionWeightGradient(shape, images, x, dy);
  const merges = reference.treeMerges(shardImages.length);
  onEveryBuild(
    (arena) => {
      const convolution = prepare(arena, shape, images, shardImages.length);
      const [xAt, weightAt, biasAt, dyAt] = [arena.put(x), arena.put(weight), arena.put(bias), arena.put(dy)];
      const [yAt, dxAt, dweightAt] = [arena.output(y.length), arena.output(dx.length), arena.output(dweight.length)];
      const [there, sum] = [arena.inPlace(arena.put(x)), arena.inPlace(arena.put(x))];
      let first = 0;
      const shards = shardImages.map((count, shard) => {
        const at = {
          x: xAt + first * xImage * 4,
          dy: dyAt + first * yImage * 4,
          images: count,
          merges: merges[shard]!,
        };
        first += count;
        return at;
      });
      arena.run(() => {
        convolution.packForward(weightAt);
        convolution.forward(xAt, biasAt, yAt, images);
        convolution.packInputGradient(weightAt);
        convolution.inputGradient(dyAt, dxAt, images);
        convolution.inputGradient(dyAt, sum, images, true);
        add(arena.k, there, dxAt, x.length);
        convolution.weightGradient(shards, dweightAt);
      });
      const magnitudes = [
        reference.convolutionForward(shape, images, absolute(x), absolute(weight), absolute(bias)),
        reference.convolutionInputGradient(shape, images, absolute(dy), absolute(weight)),
        reference.convolutionWeightGradient(shape, images, absolute(x), absolute(dy)),
      ];
      expectClose(`${arena.build} forward`, arena.floats(yAt, y.length), y, bound(magnitudes[0]!));
      expectClose(`${arena.build} input gradient`, arena.floats(dxAt, dx.length), dx, bound(magnitudes[1]!));
      // Added to what is there, to the bits of an addition behind.
      expect(arena.integers(sum, x.length)).toEqual(arena.integers(there, x.length));
      expectClose(
        `${arena.build} weight gradient`,
        arena.floats(dweightAt, dweight.length),
        dweight,
        bound(magnitudes[2]!),
      );
    },
    weight.length > 2 ** 14 ? 2 ** 24 : undefined,
  );
}

describe("Winograd's convolution", () => {
  it.each<[string, ConvolutionShape, number[]]>([
    ['whole tiles', shapeOf(8, 8, 8, 16, [1, 1]), [2, 1]],
    ['tiles over both edges', shapeOf(7, 5, 16, 8, [1, 1]), [1, 2, 1]],
    ['a map smaller than a tile', shapeOf(3, 1, 8, 8, [1, 1]), [3]],
    ['no padding, one output pixel', shapeOf(3, 3, 8, 24, [0, 0]), [1]],
    ['as much padding as taps', shapeOf(4, 6, 8, 8, [2, 2]), [1, 1]],
    ['more tiles than a block', shapeOf(20, 21, 8, 8, [1, 0]), [1, 1]],
    ['channels in panels of 16 and 8', shapeOf(5, 5, 24, 40, [1, 1]), [1]],
    ['an empty shard', shapeOf(6, 6, 8, 8, [1, 1]), [1, 0, 2]],
    ['many weights over one tile', shapeOf(4, 4, 80, 56, [1, 1]), [2, 1, 2, 1, 2]],
    ['many weights over four tiles and their edges, and an empty shard', shapeOf(7, 5, 64, 72, [1, 1]), [1, 0, 2]],
    ['many weights, padding that differs', shapeOf(5, 6, 56, 80, [2, 0]), [3]],
  ])('agrees with the reference: %s', (_, shape, shardImages) => {
    check(shape, shardImages, 11);
  });

  it('agrees with the reference on any shape that it takes', () => {
    const size = fc.integer({ min: 3, max: 11 });
    const channels = fc.constantFrom(8, 16, 24);
    const padding = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }));
    const shards = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        size,
        size,
        channels,
        channels,
        padding,
        shards,
        fc.nat(1000),
        (height, width, from, to, pad, images, seed) => {
          fc.pre(images.some((count) => count > 0));
          check(shapeOf(height, width, from, to, pad), images, seed);
        },
      ),
      { numRuns: 12, seed: 5 },
    );
  });

  it.each([
    ['few', 8, 8],
    ['many', 72, 64],
  ])(
    'gives a sum over shards the bits of one call a shard, added in the order of the tree: %s weights',
    (_, from, to) => {
      const shape = shapeOf(6, 7, from, to, [1, 1]);
      const [xImage, yImage, floats] = [42 * from, 42 * to, 9 * from * to];
      const [x, dy] = [pseudoRandom(5 * xImage, 1), pseudoRandom(5 * yImage, 2)];
      onEveryBuild((arena) => {
        const convolution = prepare(arena, shape, 5, 5);
        const [xAt, dyAt, sumAt, partAt] = [
          arena.put(x),
          arena.put(dy),
          arena.scratch(floats * 4),
          arena.scratch(floats * 4),
        ];
        const shard = (i: number, merges: number) => ({
          x: xAt + i * xImage * 4,
          dy: dyAt + i * yImage * 4,
          images: 1,
          merges,
        });
        // ((0 + 1) + (2 + 3)) + 4
        convolution.weightGradient(
          [0, 1, 0, 2, 1].map((merges, i) => shard(i, merges)),
          sumAt,
        );
        const parts = [0, 1, 2, 3, 4].map((i) => {
          convolution.weightGradient([shard(i, 0)], partAt);
          return arena.floats(partAt, floats).slice();
        });
        const added = (left: Float32Array, right: Float32Array) => left.map((value, i) => value + right[i]!);
        const [a, b, c, d, e] = parts as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
        expect(arena.floats(sumAt, floats)).toEqual(added(added(added(a, b), added(c, d)), e));
      }, 2 ** 24);
    },
  );

  it('has zeros for the weight gradient of no shards, and no bias for pointer 0', () => {
    const shape = shapeOf(4, 4, 8, 8, [1, 1]);
    const [x, weight] = [pseudoRandom(128, 1), pseudoRandom(576, 2)];
    const y = reference.convolutionForward(shape, 1, x, weight);
    onEveryBuild((arena) => {
      const convolution = prepare(arena, shape, 1, 1);
      const [xAt, weightAt, yAt, dweightAt] = [arena.put(x), arena.put(weight), arena.output(128), arena.output(576)];
      arena.run(() => {
        convolution.packForward(weightAt);
        convolution.forward(xAt, 0, yAt, 1);
        convolution.weightGradient([], dweightAt);
      });
      expectClose('y', arena.floats(yAt, 128), y, 1e-5);
      expect(arena.floats(dweightAt, 576)).toEqual(new Float32Array(576));
    });
  });

  it('is refused where it does not apply', () => {
    const shape = { ...shapeOf(8, 8, 8, 8, [1, 1]), stride: [2, 2] as const };
    expect(winogradApplies(shape)).toBe(false);
    onEveryBuild((arena) => {
      expect(() => prepare(arena, shape, 1, 1)).toThrow(/conv2d: forward by 'winograd' does not apply to/);
    });
  });
});

describe('convolutionAlgorithm', () => {
  it.each<[string, ConvolutionShape, ConvolutionAlgorithms]>([
    ['layers of ResNet-20', shapeOf(32, 32, 16, 16, [1, 1]), winograd],
    ['the same at 8×8', shapeOf(8, 8, 64, 64, [1, 1]), winograd],
    ['few channels', shapeOf(28, 28, 8, 8, [1, 1]), directAlgorithms],
    ['channels that are no multiple of 8', shapeOf(28, 28, 20, 20, [1, 1]), directAlgorithms],
    ['small maps', shapeOf(4, 4, 64, 64, [1, 1]), { ...winograd, weightGradient: 'direct' }],
    ['small maps of many channels', shapeOf(4, 4, 128, 64, [1, 1]), winograd],
    ['many channels', shapeOf(14, 14, 512, 512, [1, 1]), { ...winograd, weightGradient: 'direct' }],
    ['maps smaller than a tile', shapeOf(3, 3, 64, 64, [1, 1]), directAlgorithms],
    ['a stride', { ...shapeOf(32, 32, 16, 32, [1, 1]), stride: [2, 2] }, directAlgorithms],
  ])('of %s', (_, shape, expected) => {
    expect(convolutionAlgorithm(convolutionGeometry(shape))).toEqual(expected);
  });
});
