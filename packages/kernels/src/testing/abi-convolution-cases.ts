import { allocateConvolution, Convolution } from '../ops/convolution.ts';
import { convolutionAlgorithm } from '../ops/convolution-algorithm.ts';
import { type ConvolutionShape, convolutionGeometry } from '../ops/convolution-geometry.ts';
import { karatsubaApplies } from '../ops/karatsuba.ts';
import { allocateLocallyConnected, LocallyConnected } from '../ops/locally-connected.ts';
import { TransposedConvolution } from '../ops/transposed-convolution.ts';
import { pseudoRandom } from '../pseudo-random.ts';
import type { AbiCase, Ground } from './abi-case.ts';

const images = 2;
const common = { kernelSize: [3, 3], stride: [1, 1], padding: [1, 1], dilation: [1, 1] } as const;
const shapes: Readonly<Record<string, ConvolutionShape>> = {
  direct: { height: 3, width: 3, inChannels: 2, outChannels: 5, ...common },
  grouped: { height: 3, width: 3, inChannels: 4, outChannels: 6, groups: 2, ...common },
  pixelLanes: { height: 3, width: 12, inChannels: 1, outChannels: 6, ...common },
  strided: { height: 5, width: 4, inChannels: 3, outChannels: 9, ...common, stride: [2, 3] },
  winograd: { height: 4, width: 5, inChannels: 8, outChannels: 8, ...common },
  karatsuba: { height: 2, width: 2, inChannels: 8, outChannels: 16, ...common },
  depthwise: { height: 4, width: 4, inChannels: 8, outChannels: 8, groups: 8, ...common },
};

/** Floats of the tensors of a convolution of {@link images}. */
function floatsOf(shape: ConvolutionShape) {
  const { outputHeight, outputWidth, groups } = convolutionGeometry(shape);
  const { height, width, kernelSize, inChannels, outChannels } = shape;
  return {
    x: images * height * width * inChannels,
    y: images * outputHeight * outputWidth * outChannels,
    weight: (kernelSize[0] * kernelSize[1] * inChannels * outChannels) / groups,
    pixels: outputHeight * outputWidth,
  };
}

/** The cases of one operator, each of which has it made ready in its arena. */
function casesOf<Operator>(
  name: string,
  make: (ground: Ground) => Operator,
  methods: readonly (Omit<AbiCase, 'op' | 'prepare' | 'call' | 'counts'> & {
    readonly op: string;
    readonly counts?: AbiCase['counts'];
    /** What goes before the call. */
    readonly ready?: (operator: Operator, ground: Ground) => void;
    readonly call: (operator: Operator, ...rest: Parameters<AbiCase['call']>) => void;
  })[],
): AbiCase[] {
  const made = new WeakMap<Ground, { readonly operator: Operator }>();
  return methods.map(({ op, call, ready, counts = { images }, ...rest }) => ({
    ...rest,
    op: `${name}.${op}`,
    counts,
    prepare: (ground) => {
      const operator = make(ground);
      ready?.(operator, ground);
      made.set(ground, { operator });
    },
    call: (arena, at, c) => call(made.get(arena)!.operator, arena, at, c),
  }));
}

/** Two shards, of which the second is the wrong one: nothing may be written for the first either. */
function shardsOf({ k }: Ground, at: Record<string, number>, count: number) {
  const somewhere = k.memory.buffer.byteLength - 262_144;
  return [
    { x: somewhere, dy: somewhere, images: 1, merges: 0 },
    { x: at.x!, dy: at.dy!, images: count, merges: 1 },
  ];
}

function makeConvolution(arena: Ground, shape: ConvolutionShape, packsWithin = false): Convolution {
  const geometry = convolutionGeometry(shape);
  const algorithms = karatsubaApplies(shape)
    ? ({ forward: 'karatsuba', inputGradient: 'karatsuba', weightGradient: 'direct' } as const)
    : convolutionAlgorithm(geometry, 'winograd');
  const memory = arena.layOut((allocator) =>
    allocateConvolution(arena.k, geometry, images, 2, allocator, allocator, algorithms, images, packsWithin),
  );
  return new Convolution(arena.k, geometry, images, memory);
}

const convolutionCases = (name: string, shape: ConvolutionShape, packsWithin = false): AbiCase[] => {
  const { x, y, weight } = floatsOf(shape);
  return casesOf(`Convolution, ${name}`, (arena) => makeConvolution(arena, shape, packsWithin), [
    {
      op: 'packForward',
      regions: { weight },
      counts: {},
      call: (convolution, _, at) => convolution.packForward(at.weight!),
    },
    {
      op: 'packInputGradient',
      regions: { weight },
      counts: {},
      call: (convolution, _, at) => convolution.packInputGradient(at.weight!),
    },
    {
      op: 'forward',
      regions: { x, bias: shape.outChannels, y },
      optional: ['bias'],
      apart: ['y', 'x', 'bias'],
      ready: (convolution, ground) => convolution.packForward(ground.put(pseudoRandom(weight, 9))),
      call: (convolution, _, at, c) => convolution.forward(at.x!, at.bias!, at.y!, c.images!),
    },
    {
      op: 'inputGradient',
      regions: { dy: y, dx: x },
      apart: ['dx', 'dy'],
      ready: (convolution, ground) => convolution.packInputGradient(ground.put(pseudoRandom(weight, 9))),
      call: (convolution, _, at, c) => convolution.inputGradient(at.dy!, at.dx!, c.images!),
    },
    {
      op: 'weightGradient',
      regions: { x, dy: y, dweight: weight },
      apart: ['dweight', 'x', 'dy'],
      call: (convolution, arena, at, c) => convolution.weightGradient(shardsOf(arena, at, c.images!), at.dweight!),
    },
  ]);
};

/** So many weights over so few tiles that a weight gradient makes them register tile by register tile. */
const byRegisterTileCases = convolutionCases("Winograd's, of many weights", {
  ...shapes.winograd!,
  inChannels: 64,
  outChannels: 72,
})
  .filter(({ op }) => op.endsWith('.weightGradient'))
  .map((entry) => ({ ...entry, memory: 2 ** 23 }));

/** So many weights over one pixel that the input gradient reads them as they lie. */
const unpackedCases = convolutionCases('unpacked', {
  ...shapes.direct!,
  height: 1,
  width: 1,
  inChannels: 1000,
  outChannels: 264,
  kernelSize: [1, 1],
  padding: [0, 0],
})
  .filter(({ op }) => op.endsWith('.inputGradient'))
  .map((entry) => ({ ...entry, memory: 2 ** 23 }));

const transposed = shapes.strided!;
const transposedFloats = floatsOf(transposed);

const transposedCases = casesOf(
  'TransposedConvolution',
  (arena) => new TransposedConvolution(arena.k, makeConvolution(arena, transposed)),
  [
    {
      op: 'forward',
      regions: { x: transposedFloats.y, bias: transposed.inChannels, y: transposedFloats.x },
      optional: ['bias'],
      apart: ['y', 'x', 'bias'],
      ready: (operator, ground) => operator.packForward(ground.put(pseudoRandom(transposedFloats.weight, 9))),
      call: (operator, _, at, c) => operator.forward(at.x!, at.bias!, at.y!, c.images!),
    },
    {
      op: 'inputGradient',
      regions: { dy: transposedFloats.x, dx: transposedFloats.y },
      apart: ['dx', 'dy'],
      ready: (operator, ground) => operator.packInputGradient(ground.put(pseudoRandom(transposedFloats.weight, 9))),
      call: (operator, _, at, c) => operator.inputGradient(at.dy!, at.dx!, c.images!),
    },
    {
      op: 'weightGradient',
      regions: { x: transposedFloats.y, dy: transposedFloats.x, dweight: transposedFloats.weight },
      apart: ['dweight', 'x', 'dy'],
      call: (operator, arena, at, c) => operator.weightGradient(shardsOf(arena, at, c.images!), at.dweight!),
    },
  ],
);

const local: ConvolutionShape = { height: 4, width: 3, inChannels: 2, outChannels: 3, ...common, padding: [1, 0] };
const localFloats = floatsOf(local);
const localWeights = localFloats.pixels * localFloats.weight;

const locallyConnectedCases = casesOf(
  'LocallyConnected',
  (arena) => {
    const geometry = convolutionGeometry(local);
    const memory = arena.layOut((allocator) =>
      allocateLocallyConnected(arena.k, geometry, images, 2, allocator, allocator),
    );
    return new LocallyConnected(arena.k, geometry, memory);
  },
  [
    {
      op: 'forward',
      regions: { x: localFloats.x, weight: localWeights, bias: localFloats.y / images, y: localFloats.y },
      optional: ['bias'],
      apart: ['y', 'x', 'weight'],
      call: (operator, _, at, c) =>
        operator.forward([{ from: at.x!, to: at.y!, images: c.images! }], at.weight!, at.bias!),
    },
    {
      op: 'inputGradient',
      regions: { dy: localFloats.y, weight: localWeights, dx: localFloats.x },
      apart: ['dx', 'dy', 'weight'],
      call: (operator, _, at, c) =>
        operator.inputGradient([{ from: at.dy!, to: at.dx!, images: c.images! }], at.weight!),
    },
    {
      op: 'weightGradient',
      regions: { x: localFloats.x, dy: localFloats.y, dweight: localWeights },
      apart: ['dweight', 'x', 'dy'],
      call: (operator, arena, at, c) => operator.weightGradient(shardsOf(arena, at, c.images!), at.dweight!),
    },
  ],
);

/** The typed calls of all operators that keep memory of their own. */
export const abiConvolutionCases = [
  ...Object.entries(shapes).flatMap(([name, shape]) => convolutionCases(name, shape)),
  ...convolutionCases('winograd, packed within', shapes.winograd!, true),
  ...byRegisterTileCases,
  ...unpackedCases,
  ...transposedCases,
  ...locallyConnectedCases,
];
