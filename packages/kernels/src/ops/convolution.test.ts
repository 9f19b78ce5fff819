import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { type Arena, onEveryBuild } from '../testing/arena.ts';
import { centralDifferences, dot, expectClose, sumBound } from '../testing/expect-close.ts';
import { allocateConvolution, Convolution } from './convolution.ts';
import { directAlgorithms } from './convolution-algorithm.ts';
import { type ConvolutionShape, convolutionGeometry } from './convolution-geometry.ts';

/** A shape from [height, width, inChannels, outChannels], and the rest where it is not 1×1, stride 1, padding 0. */
function shapeOf(
  [height, width, inChannels, outChannels]: readonly [number, number, number, number],
  rest: Partial<ConvolutionShape> = {},
): ConvolutionShape {
  const [kernelSize, stride, padding, dilation] = [
    [1, 1],
    [1, 1],
    [0, 0],
    [1, 1],
  ] as const;
  return { height, width, inChannels, outChannels, kernelSize, stride, padding, dilation, ...rest };
}

const absolute = (values: ArrayLike<number>): number[] => Array.from(values, Math.abs);

function prepare(arena: Arena, shape: ConvolutionShape, maxImages: number, maxShards: number): Convolution {
  const geometry = convolutionGeometry(shape);
  const memory = arena.layOut((allocator) =>
    allocateConvolution(arena.k, geometry, maxImages, maxShards, allocator, allocator, directAlgorithms),
  );
  return new Convolution(arena.k, geometry, maxImages, memory);
}

/** Compares the three passes of a convolution of shards with so many images with the references, in every build. */
function checkConvolution(shape: ConvolutionShape, shardImages: readonly number[], seed: number): void {
  const images = shardImages.reduce((sum, count) => sum + count, 0);
  const [outputHeight, outputWidth] = reference.outputShape(shape);
  const xImage = shape.height * shape.width * shape.inChannels;
  const yImage = outputHeight * outputWidth * shape.outChannels;
  const taps = shape.kernelSize[0] * shape.kernelSize[1];
  const x = pseudoRandom(images * xImage, seed);
  const weight = pseudoRandom(taps * shape.inChannels * shape.outChannels, seed + 1);
  const bias = pseudoRandom(shape.outChannels, seed + 2);
  const dy = pseudoRandom(images * yImage, seed + 3);
  const y = reference.convolutionForward(shape, images, x, weight, bias);
  const dx = reference.convolutionInputGradient(shape, images, dy, weight);
  const dweight = reference.convolutionWeightGradient(shape, images, x, dy);
  const yBound = sumBound(
    taps * shape.inChannels + 1,
    reference.convolutionForward(shape, images, absolute(x), absolute(weight), absolute(bias)),
  );
  const dxBound = sumBound(
    taps * shape.outChannels,
    reference.convolutionInputGradient(shape, images, absolute(dy), absolute(weight)),
  );
  const dweightBound = sumBound(
    images * outputHeight * outputWidth + shardImages.length,
    reference.convolutionWeightGradient(shape, images, absolute(x), absolute(dy)),
  );
  const merges = reference.treeMerges(shardImages.length);
  onEveryBuild(
    (arena) => {
      const convolution = prepare(arena, shape, images, shardImages.length);
      const [xAt, weightAt, biasAt, dyAt] = [arena.put(x), arena.put(weight), arena.put(bias), arena.put(dy)];
      const [yAt, dxAt, dweightAt] = [y, dx, dweight].map((values) => arena.output(values.length)) as [
        number,
        number,
        number,
      ];
      const shards = shardImages.map((count, shard) => {
        const first = shardImages.slice(0, shard).reduce((sum, before) => sum + before, 0);
        return { x: xAt + first * xImage * 4, dy: dyAt + first * yImage * 4, images: count, merges: merges[shard]! };
      });
      arena.run(() => {
        convolution.packForward(weightAt);
        convolution.forward(xAt, biasAt, yAt, images);
        convolution.packInputGradient(weightAt);
        convolution.inputGradient(dyAt, dxAt, images);
        convolution.weightGradient(shards, dweightAt);
      });
      expectClose(`${arena.build} forward`, arena.floats(yAt, y.length), y, yBound);
      expectClose(`${arena.build} input gradient`, arena.floats(dxAt, dx.length), dx, dxBound);
      expectClose(`${arena.build} weight gradient`, arena.floats(dweightAt, dweight.length), dweight, dweightBound);
    },
    Math.max(weight.length, y.length) > 2 ** 16 ? 2 ** 23 : undefined,
  );
}

describe('reference', () => {
  it('has the values of the lectures', () => {
    const sobel = [1, 0, -1, 2, 0, -2, 1, 0, -1];
    const shape = shapeOf([3, 3, 1, 1], { kernelSize: [3, 3] });
    expect(reference.convolutionForward(shape, 1, [200, 150, 150, 100, 50, 100, 25, 25, 10], sobel, [7])).toEqual([72]);
    // [a b c; d e f; g h i] with [j k; l m]: aj+bk+dl+em, bj+ck+el+fm, dj+ek+gl+hm, ej+fk+hl+im
    const small = shapeOf([3, 3, 1, 1], { kernelSize: [2, 2] });
    const [a, b, c, d, e, f, g, h, i] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
    const [j, k, l, m] = [1, 1000, 1_000_000, 1_000_000_000];
    expect(reference.convolutionForward(small, 1, [a, b, c, d, e, f, g, h, i], [j, k, l, m])).toEqual([
      a * j + b * k + d * l + e * m,
      b * j + c * k + e * l + f * m,
      d * j + e * k + g * l + h * m,
      e * j + f * k + h * l + i * m,
    ]);
  });

  it('has gradients that central differences agree with', () => {
    const awkward = shapeOf([5, 4, 2, 3], { kernelSize: [3, 2], stride: [2, 1], padding: [2, 1], dilation: [1, 2] });
    for (const shape of [
      awkward,
      shapeOf([3, 3, 1, 2], { kernelSize: [3, 3], padding: [1, 1] }),
      shapeOf([1, 1, 3, 2]),
    ]) {
      const [height, width] = reference.outputShape(shape);
      const x = [...pseudoRandom(2 * shape.height * shape.width * shape.inChannels, 1)];
      const taps = shape.kernelSize[0] * shape.kernelSize[1];
      const weight = [...pseudoRandom(taps * shape.inChannels * shape.outChannels, 2)];
      const dy = pseudoRandom(2 * height * width * shape.outChannels, 3);
      const loss = (input: readonly number[], kernel: readonly number[]) =>
        dot(reference.convolutionForward(shape, 2, input, kernel), dy);
      const dx = centralDifferences(x, (input) => loss(input, weight), 0.5);
      expectClose('dx', reference.convolutionInputGradient(shape, 2, dy, weight), dx, 1e-12);
      const dweight = centralDifferences(weight, (kernel) => loss(x, kernel), 0.5);
      expectClose('dweight', reference.convolutionWeightGradient(shape, 2, x, dy), dweight, 1e-12);
    }
  });
});

describe('convolution', () => {
  it('adds an input gradient to what is there by an algorithm that can, and says which cannot', () => {
    const geometry = convolutionGeometry(shapeOf([5, 5, 2, 3], { kernelSize: [3, 3] }));
    onEveryBuild((arena) => {
      const memory = arena.layOut((own) => allocateConvolution(arena.k, geometry, 1, 1, own, own));
      const [dy, dx] = [arena.put(new Float32Array(27)), arena.put(new Float32Array(50))];
      expect(() => new Convolution(arena.k, geometry, 1, memory).inputGradient(dy, dx, 1, true)).toThrow(
        expect.objectContaining({
          code: 'KERNEL_ARGUMENT',
          message: "conv2d: an input gradient by 'direct' cannot add to what dx has",
        }),
      );
    });
  });

  it('has the output sizes of the lectures', () => {
    const size = (input: number, kernel: number, stride: number, padding: number) => {
      const pairs = { kernelSize: [kernel, kernel], stride: [stride, stride], padding: [padding, padding] } as const;
      const { outputHeight, outputWidth } = convolutionGeometry(shapeOf([input, input, 1, 1], pairs));
      expect(outputHeight).toBe(outputWidth);
      return outputHeight;
    };
    expect([size(7, 3, 1, 0), size(7, 3, 2, 0), size(7, 3, 3, 0), size(7, 3, 1, 1)]).toEqual([5, 3, 2, 7]);
    expect([size(9, 3, 1, 1), size(9, 5, 1, 2), size(9, 7, 1, 3)]).toEqual([9, 9, 9]); // "same"
    expect([size(32, 5, 1, 2), size(32, 5, 1, 0)]).toEqual([32, 28]);
    expect([size(227, 11, 4, 0), size(27, 5, 1, 2), size(13, 3, 1, 1)]).toEqual([55, 27, 13]); // AlexNet
  });

  it('has the values of the lectures', () => {
    onEveryBuild((arena) => {
      const convolution = prepare(arena, shapeOf([3, 3, 1, 1], { kernelSize: [3, 3] }), 1, 1);
      const x = arena.put([200, 150, 150, 100, 50, 100, 25, 25, 10]);
      const [weight, bias, y] = [arena.put([1, 0, -1, 2, 0, -2, 1, 0, -1]), arena.put([7]), arena.output(1)];
      arena.run(() => {
        convolution.packForward(weight);
        convolution.forward(x, bias, y, 1);
      });
      expect([...arena.floats(y, 1)]).toEqual([72]);
    });
  });

  const awkward: [string, ConvolutionShape, number[]][] = [
    ['one value', shapeOf([1, 1, 1, 1]), [1]],
    ['linear layer', shapeOf([1, 1, 40, 10]), [7]],
    ['linear layer of one sample', shapeOf([1, 1, 17, 33]), [1]],
    ['no images', shapeOf([3, 3, 5, 3], { kernelSize: [3, 3], padding: [1, 1] }), [0]],
    ['first layer, one channel', shapeOf([11, 13, 1, 6], { kernelSize: [5, 5], padding: [2, 2] }), [2]],
    ['first layer, three channels, stride 2', shapeOf([15, 14, 3, 17], { kernelSize: [7, 7], stride: [2, 2], padding: [3, 3] }), [2]],
    ['3x3', shapeOf([7, 7, 16, 16], { kernelSize: [3, 3], padding: [1, 1] }), [3]],
    ['stride 2, even size', shapeOf([8, 8, 5, 17], { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] }), [2]],
    ['stride 3 with 3x3, a stride that does not fit', shapeOf([7, 7, 3, 5], { kernelSize: [3, 3], stride: [3, 3] }), [2]],
    ['stride 3 with 1x1: most inputs meet no tap', shapeOf([7, 8, 5, 3], { stride: [3, 3] }), [2]],
    ['stride wider than the image, no input meets a tap', shapeOf([1, 1, 2, 3], { stride: [3, 3], padding: [1, 1] }), [2]],
    ['different strides', shapeOf([9, 8, 3, 9], { kernelSize: [2, 3], stride: [3, 2], padding: [1, 0] }), [2]],
    ['padding larger than the kernel', shapeOf([3, 4, 3, 5], { kernelSize: [2, 2], padding: [4, 3] }), [2]],
    ['padding larger than the kernel, 1x1', shapeOf([2, 3, 5, 4], { padding: [3, 2] }), [2]],
    ['padding and stride larger than the kernel', shapeOf([4, 5, 3, 6], { kernelSize: [2, 1], stride: [3, 4], padding: [5, 4] }), [2]],
    ['dilation 2', shapeOf([9, 8, 4, 7], { kernelSize: [3, 3], padding: [2, 2], dilation: [2, 2] }), [2]],
    ['dilation 2, stride 2', shapeOf([11, 9, 3, 5], { kernelSize: [3, 2], stride: [2, 2], padding: [1, 2], dilation: [2, 2] }), [2]],
    ['dilation 3, stride 2', shapeOf([11, 12, 2, 5], { kernelSize: [3, 3], stride: [2, 2], padding: [3, 3], dilation: [3, 3] }), [2]],
    ['kernel as large as the image', shapeOf([4, 5, 6, 7], { kernelSize: [4, 5] }), [3]],
    ['one row', shapeOf([1, 20, 3, 8], { kernelSize: [1, 3], padding: [0, 1] }), [2]],
    ['one column', shapeOf([20, 1, 3, 8], { kernelSize: [3, 1], padding: [1, 0] }), [2]],
    ['shards, one image each', shapeOf([3, 3, 5, 9], { kernelSize: [3, 3], padding: [1, 1] }), [1, 1, 1, 1, 1]],
    ['shards, uneven and empty', shapeOf([3, 3, 5, 9], { kernelSize: [3, 3], padding: [1, 1] }), [0, 2, 0, 0, 3, 1, 0]],
    ['sixteen shards', shapeOf([2, 2, 17, 4], { kernelSize: [3, 3], padding: [1, 1] }), new Array(16).fill(1)],
    ['more tiles than one group', shapeOf([2, 2, 96, 5], { kernelSize: [3, 3], padding: [1, 1] }), [1, 2]],
    ['more rows than one block of pixels', shapeOf([28, 250, 3, 3], { kernelSize: [3, 3], padding: [1, 1] }), [1]],
    ['more rows than one block of pixels, stride 2', shapeOf([61, 124, 3, 3], { kernelSize: [5, 3], stride: [2, 1], padding: [2, 1] }), [1]],
    ['more rows than one block of pixels, no border', shapeOf([29, 21, 32, 17]), [1, 1]],
    ['more images than one block of pixels', shapeOf([8, 8, 17, 3]), [19]],
    ['more images than one block of pixels, with a border', shapeOf([7, 8, 3, 9], { kernelSize: [3, 3], padding: [1, 1] }), [62, 0, 3]],
    ['pixels with lines between them', shapeOf([12, 11, 20, 7], { stride: [2, 3] }), [40, 3]],
    ['few weights, large outputs', shapeOf([61, 61, 3, 37]), [1]],
    ['one channel to six', shapeOf([28, 28, 1, 6], { kernelSize: [5, 5], padding: [2, 2] }), [2, 1]],
    ['one channel to five, an odd width', shapeOf([4, 19, 1, 5], { kernelSize: [2, 4], padding: [0, 1] }), [3]],
    ['one channel to four', shapeOf([5, 16, 1, 4], { kernelSize: [3, 3], padding: [2, 2] }), [1, 0, 2]],
    ['one channel to one', shapeOf([3, 40, 1, 1], { kernelSize: [3, 9], padding: [1, 4] }), [2]],
    ['many weights, small maps', shapeOf([2, 2, 116, 256], { kernelSize: [3, 3], padding: [1, 1] }), [1, 2]],
    ['many weights, no images', shapeOf([2, 2, 116, 256], { kernelSize: [3, 3], padding: [1, 1] }), [0]],
    ['many weights, one pixel', shapeOf([3, 1, 100, 304], { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] }), [4, 3]],
    ['many weights, stride 3: some inputs meet no tap', shapeOf([5, 4, 260, 256], { kernelSize: [2, 2], stride: [3, 3] }), [2, 0]],
    ['many weights, taps that are one run', shapeOf([2, 3, 88, 256], { kernelSize: [2, 3] }), [3, 1]],
    ['many weights, linear layer', shapeOf([1, 1, 1000, 264]), [1, 7]],
  ]; // biome-ignore format: a table
  for (let channels = 9; channels <= 16; channels++) {
    const pairs = { kernelSize: [3, 3], padding: [1, 1] } as const;
    awkward.push([
      `${channels} channels, partly filled panels`,
      shapeOf([3, 5, channels, 25 - channels], pairs),
      [1, 1],
    ]);
  }
  it.each(awkward)('agrees with the reference: %s', (_, shape, shards) => checkConvolution(shape, shards, 42));

  it('agrees with the reference on any shape', () => {
    const channels = fc.oneof(fc.constantFrom(1, 3, 5, 17), fc.integer({ min: 1, max: 20 }));
    const pair = (max: number) => fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));
    const shape = fc
      .record({
        size: pair(9),
        inChannels: channels,
        outChannels: channels,
        kernelSize: pair(4),
        stride: pair(3),
        padding: pair(5).map(([a, b]) => [a - 1, b - 1] as const),
        dilation: pair(2),
      })
      .map(({ size, inChannels, outChannels, ...rest }) => shapeOf([...size, inChannels, outChannels], rest))
      .filter((candidate) => reference.outputShape(candidate).every((size) => size > 0));
    const shards = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(shape, shards, fc.nat(), (candidate, images, seed) => checkConvolution(candidate, images, seed)),
      { seed: 1, numRuns: 200 },
    );
  });

  it('has no bias for pointer 0', () => {
    const shape = shapeOf([2, 2, 3, 10]);
    const [x, weight] = [pseudoRandom(12, 1), pseudoRandom(30, 2)];
    onEveryBuild((arena) => {
      const convolution = prepare(arena, shape, 1, 1);
      const [xAt, weightAt, yAt] = [arena.put(x), arena.put(weight), arena.output(40)];
      arena.run(() => {
        convolution.packForward(weightAt);
        convolution.forward(xAt, 0, yAt, 1);
      });
      expectClose('y', arena.floats(yAt, 40), reference.convolutionForward(shape, 1, x, weight), 1e-6);
    });
  });

  it('does not depend on the number of images: an image has the same bits alone and in a batch', () => {
    const shape = shapeOf([5, 3, 3, 11], { kernelSize: [3, 3], padding: [1, 1] });
    const [x, weight] = [pseudoRandom(5 * 45, 1), pseudoRandom(9 * 33, 2)];
    onEveryBuild((arena) => {
      const convolution = prepare(arena, shape, 5, 1);
      const [xAt, weightAt] = [arena.put(x), arena.put(weight)];
      const [together, alone] = [arena.output(5 * 165), arena.output(5 * 165)];
      convolution.packForward(weightAt);
      convolution.forward(xAt, 0, together, 5);
      for (let n = 0; n < 5; n++) convolution.forward(xAt + n * 45 * 4, 0, alone + n * 165 * 4, 1);
      expect(arena.integers(alone, 5 * 165)).toEqual(arena.integers(together, 5 * 165));
    });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])(
    'adds the weight gradients of %i shards in the order of the tree',
    (count) => {
      const shape = shapeOf([2, 3, 3, 10], { kernelSize: [2, 2], padding: [1, 1] });
      const merges = reference.treeMerges(count);
      const [xImage, yImage, length] = [18, 120, 120];
      const [x, dy] = [pseudoRandom(count * xImage, 5), pseudoRandom(count * yImage, 6)];
      onEveryBuild((arena) => {
        const convolution = prepare(arena, shape, 1, count);
        const [xAt, dyAt] = [arena.put(x), arena.put(dy)];
        const [all, one] = [arena.output(length), arena.output(length)];
        const shards = merges.map((after, s) => ({
          x: xAt + s * xImage * 4,
          dy: dyAt + s * yImage * 4,
          images: 1,
          merges: after,
        }));
        const single = shards.map((shard) => {
          convolution.weightGradient([{ ...shard, merges: 0 }], one);
          return arena.floats(one, length);
        });
        convolution.weightGradient(shards, all);
        const sum = (left: Float32Array, right: Float32Array) => left.map((value, i) => value + right[i]!);
        expect(arena.floats(all, length)).toEqual(reference.treeSum(single, sum));
        // The sum has other bits in another order.
        if (count > 3) expect(arena.floats(all, length)).not.toEqual(single.reduce(sum));
      });
    },
  );

  it.each<[string, ConvolutionShape]>([
    ['taps on zeros', shapeOf([3, 2, 7, 21], { kernelSize: [3, 3], padding: [1, 1] })],
    ['taps of a border of zeros', shapeOf([5, 6, 3, 21], { kernelSize: [3, 3], padding: [1, 1] })],
    ['a stride', shapeOf([4, 5, 6, 12], { kernelSize: [3, 2], stride: [2, 3], padding: [1, 0] })],
    ['taps that are one run', shapeOf([3, 4, 1, 17], { kernelSize: [2, 3] })],
    ['groups', shapeOf([2, 2, 10, 36], { groups: 2 })],
    ['a linear layer', shapeOf([1, 1, 13, 70])],
  ])('has the same bits for the weight gradient where places are listed and where they are counted: %s', (_, shape) => {
    const images = [3, 0, 1, 2];
    const { outputHeight, outputWidth } = convolutionGeometry(shape);
    const xImage = shape.height * shape.width * shape.inChannels;
    const yImage = outputHeight * outputWidth * shape.outChannels;
    const [x, dy] = [pseudoRandom(6 * xImage, 5), pseudoRandom(6 * yImage, 6)];
    const length =
      (shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels * shape.outChannels) / (shape.groups ?? 1);
    onEveryBuild((arena) => {
      const [xAt, dyAt] = [arena.put(x), arena.put(dy)];
      // Places are listed where the largest shard has few pixels.
      const [listed, counted] = [3, 1000].map((maxImages) => {
        const convolution = prepare(arena, shape, maxImages, 4);
        const dweight = arena.output(length);
        let before = 0;
        const shards = images.map((count, s) => {
          const shard = { images: count, merges: [0, 1, 0, 2][s]! };
          const first = before;
          before += count;
          return { x: xAt + first * xImage * 4, dy: dyAt + first * yImage * 4, ...shard };
        });
        arena.run(() => convolution.weightGradient(shards, dweight));
        return arena.floats(dweight, length);
      });
      expect(listed).toEqual(counted);
    });
  });

  it.each([1, 1000])('has zeros for the weight gradient of no shards, of at most %i images', (maxImages) => {
    onEveryBuild((arena) => {
      const convolution = prepare(arena, shapeOf([2, 2, 3, 9]), maxImages, 2);
      const dweight = arena.output(27);
      arena.run(() => convolution.weightGradient([], dweight));
      expect(arena.floats(dweight, 27)).toEqual(new Float32Array(27));
    });
  });

  it('carries infinities and NaN to where the reference has them, and nowhere else', () => {
    const shape = shapeOf([4, 4, 2, 5], { kernelSize: [2, 2] });
    const x = pseudoRandom(32, 1);
    const weight = pseudoRandom(40, 2).map(Math.abs);
    x[4] = Number.POSITIVE_INFINITY;
    x[20] = Number.NEGATIVE_INFINITY;
    x[31] = Number.NaN;
    const expected = reference.convolutionForward(shape, 1, x, weight);
    expect(new Set(expected.filter((value) => !Number.isFinite(value))).size).toBe(3);
    onEveryBuild((arena) => {
      const convolution = prepare(arena, shape, 1, 1);
      const [xAt, weightAt, yAt] = [arena.put(x), arena.put(weight), arena.output(45)];
      arena.run(() => {
        convolution.packForward(weightAt);
        convolution.forward(xAt, 0, yAt, 1);
      });
      expectClose('y', arena.floats(yAt, 45), expected, 1e-6);
    });
  });
});
