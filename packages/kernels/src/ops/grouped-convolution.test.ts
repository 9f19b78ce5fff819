import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pseudoRandom } from '../pseudo-random.ts';
import * as reference from '../reference/index.ts';
import { onEveryBuild } from '../testing/arena.ts';
import { expectClose, roundoff } from '../testing/expect-close.ts';
import { allocateConvolution, Convolution } from './convolution.ts';
import { convolutionAlgorithm } from './convolution-algorithm.ts';
import { type ConvolutionShape, convolutionGeometry } from './convolution-geometry.ts';

interface Passes {
  readonly y: number[];
  readonly dx: number[];
  readonly dweight: number[];
}

/** Every `count`-th run of `run` values, from the one numbered `which`: the channels of a group. */
const ofGroup = (values: ArrayLike<number>, channels: number, run: number, which: number): number[] =>
  Array.from(values).filter((_, i) => Math.floor((i % channels) / run) === which);

/** The reverse: puts the channels of the groups beside each other. */
function interleave(groups: readonly (readonly number[])[], run: number): number[] {
  const pixels = groups[0]!.length / run;
  return Array.from({ length: pixels }, (_, pixel) =>
    groups.flatMap((group) => group.slice(pixel * run, (pixel + 1) * run)),
  ).flat();
}

/** The passes group by group, each by the reference of a convolution without groups. Weights are one group after the other. */
function byGroups(
  shape: ConvolutionShape,
  images: number,
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  dy: ArrayLike<number>,
): Passes {
  const groups = shape.groups!;
  const [inChannels, outChannels] = [shape.inChannels / groups, shape.outChannels / groups];
  const one = { ...shape, inChannels, outChannels, groups: 1 };
  const size = weight.length / groups;
  const parts = Array.from({ length: groups }, (_, group) => {
    const w = Array.from(weight).slice(group * size, (group + 1) * size);
    const gx = ofGroup(x, shape.inChannels, inChannels, group);
    const gdy = ofGroup(dy, shape.outChannels, outChannels, group);
    return {
      y: Array.from(
        reference.convolutionForward(
          one,
          images,
          gx,
          w,
          Array.from(bias).slice(group * outChannels, (group + 1) * outChannels),
        ),
      ),
      dx: Array.from(reference.convolutionInputGradient(one, images, gdy, w)),
      dweight: Array.from(reference.convolutionWeightGradient(one, images, gx, gdy)),
    };
  });
  return {
    y: interleave(
      parts.map(({ y }) => y),
      outChannels,
    ),
    dx: interleave(
      parts.map(({ dx }) => dx),
      inChannels,
    ),
    dweight: parts.flatMap(({ dweight }) => dweight),
  };
}

/** Weights group after group, and the layout of depthwise kernels: channel last. */
const channelLast = (values: readonly number[], channels: number): number[] => {
  const taps = values.length / channels;
  return Array.from(values, (_, i) => values[(i % channels) * taps + Math.floor(i / channels)]!);
};

function check(shape: ConvolutionShape, seed: number): void {
  const images = 3;
  const groups = shape.groups!;
  const geometry = convolutionGeometry(shape);
  const x = pseudoRandom(images * shape.height * shape.width * shape.inChannels, seed);
  const weight = Array.from(
    pseudoRandom((shape.kernelSize[0] * shape.kernelSize[1] * shape.inChannels * shape.outChannels) / groups, seed + 1),
  );
  const bias = pseudoRandom(shape.outChannels, seed + 2);
  const dy = pseudoRandom(images * geometry.outputHeight * geometry.outputWidth * shape.outChannels, seed + 3);
  const expected = byGroups(shape, images, x, weight, bias, dy);
  const order = (values: readonly number[]) => (geometry.depthwise ? channelLast(values, shape.inChannels) : values);
  // Inputs are below 1 in magnitude, and no sum has more terms than this.
  const terms =
    Math.max(weight.length / groups, weight.length / shape.outChannels) *
    images *
    geometry.outputHeight *
    geometry.outputWidth;
  onEveryBuild(
    (arena) => {
      const memory = arena.layOut((allocator) =>
        allocateConvolution(arena.k, geometry, images, 2, allocator, allocator),
      );
      const convolution = new Convolution(arena.k, geometry, images, memory);
      const [xAt, weightAt, biasAt, dyAt] = [arena.put(x), arena.put(order(weight)), arena.put(bias), arena.put(dy)];
      const [yAt, dxAt, dweightAt] = [
        arena.output(expected.y.length),
        arena.output(expected.dx.length),
        arena.output(weight.length),
      ];
      arena.run(() => {
        convolution.packForward(weightAt);
        convolution.forward(xAt, biasAt, yAt, images);
        convolution.packInputGradient(weightAt);
        convolution.inputGradient(dyAt, dxAt, images);
        const second = { x: xAt + (x.length / images) * 4, dy: dyAt + (dy.length / images) * 4 };
        convolution.weightGradient(
          [
            { x: xAt, dy: dyAt, images: 1, merges: 0 },
            { ...second, images: 2, merges: 1 },
          ],
          dweightAt,
        );
      });
      expectClose(`${arena.build} forward`, arena.floats(yAt, expected.y.length), expected.y, terms * roundoff);
      expectClose(
        `${arena.build} input gradient`,
        arena.floats(dxAt, expected.dx.length),
        expected.dx,
        terms * roundoff,
      );
      expectClose(
        `${arena.build} weight gradient`,
        arena.floats(dweightAt, weight.length),
        order(expected.dweight),
        terms * roundoff,
      );
    },
    x.length > 2 ** 16 ? 2 ** 22 : undefined,
  );
}

const shapeOf = (
  inChannels: number,
  outChannels: number,
  groups: number,
  rest: Partial<ConvolutionShape> = {},
): ConvolutionShape => ({
  height: 6,
  width: 7,
  inChannels,
  outChannels,
  groups,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  ...rest,
});

describe('a convolution in groups', () => {
  it.each<[string, ConvolutionShape]>([
    ['two groups', shapeOf(6, 10, 2)],
    ['groups of 16 outputs', shapeOf(4, 32, 2, { stride: [2, 1] })],
    ['a group a channel, in numbers that fill no vector', shapeOf(5, 5, 5)],
    ['a group a channel with two outputs each', shapeOf(4, 8, 4, { padding: [2, 0] })],
  ])('agrees with one convolution a group: %s', (_, shape) => {
    expect(convolutionAlgorithm(convolutionGeometry(shape)).forward).toBe('direct');
    check(shape, 3);
  });

  it.each<[string, ConvolutionShape]>([
    ['3×3', shapeOf(8, 8, 8)],
    ['rows whose last pixels are computed twice', shapeOf(8, 8, 8, { width: 12 })],
    ['stride 2, as MobileNet has it', shapeOf(24, 24, 24, { stride: [2, 2], height: 9 })],
    ['5×5', shapeOf(16, 16, 16, { kernelSize: [5, 5], padding: [2, 2] })],
    ['one pixel', shapeOf(8, 8, 8, { height: 1, width: 1 })],
    ['more rows than one block of pixels', shapeOf(48, 48, 48, { height: 11, width: 70, stride: [1, 3] })],
    ['stride beyond the kernel', shapeOf(8, 8, 8, { kernelSize: [2, 1], stride: [3, 2], padding: [0, 0] })],
    ['dilation', shapeOf(8, 8, 8, { dilation: [2, 3], padding: [3, 3] })],
  ])('is depthwise where each channel is a group: %s', (_, shape) => {
    expect(convolutionAlgorithm(convolutionGeometry(shape)).weightGradient).toBe('depthwise');
    check(shape, 4);
  });

  it('agrees on any shape', () => {
    const pair = (minimum: number, maximum: number) =>
      fc.tuple(fc.integer({ min: minimum, max: maximum }), fc.integer({ min: minimum, max: maximum }));
    fc.assert(
      fc.property(
        fc.constantFrom([1, 1, 8], [1, 1, 3], [2, 3, 4], [3, 1, 2], [1, 17, 2]),
        pair(1, 7),
        pair(1, 3),
        pair(1, 3),
        pair(0, 3),
        pair(1, 2),
        fc.nat(99),
        ([from, to, groups], [height, width], kernelSize, stride, padding, dilation, seed) => {
          const fits = (size: number, axis: 0 | 1) =>
            size + 2 * padding[axis] > dilation[axis] * (kernelSize[axis] - 1);
          fc.pre(fits(height, 0) && fits(width, 1));
          check(
            {
              height,
              width,
              kernelSize,
              stride,
              padding,
              dilation,
              groups: groups!,
              inChannels: from! * groups!,
              outChannels: to! * groups!,
            },
            seed,
          );
        },
      ),
      { numRuns: 20, seed: 9 },
    );
  });

  it('refuses channels that the groups do not divide', () => {
    expect(() => convolutionGeometry(shapeOf(6, 8, 4))).toThrow(
      'expected channels in multiples of groups 4, got 6 in and 8 out',
    );
  });
});
