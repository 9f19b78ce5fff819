import { elements, type Shape } from '../graph/graph.ts';
import type { Initialisation } from '../initialisers.ts';
import type { LayerAllocators, LayerContext, LayerSizes, ParameterSpec, Shard } from './layer.ts';
import { allocateRows, type VectorParameter } from './parameter-gradient.ts';

/** The trained vectors of a normalisation: what it multiplies by, and what it adds. */
type Affine = readonly ('weight' | 'bias')[];

const one: Initialisation = { kind: 'constant', value: 1 };
const zero: Initialisation = { kind: 'constant', value: 0 };

/** A normalisation's parameters, which begin as 1 and 0: for each channel, or each value of a map in PyTorch's order. */
export function normParameters(names: Affine, shape: Shape, weight: Initialisation = one): ParameterSpec[] {
  const [height, width, channels] = shape;
  return names.map((name) => ({
    name,
    shape: shape.length === 3 ? [channels!, height!, width!] : shape,
    permutation: shape.length === 3 ? [1, 2, 0] : [0],
    initialiser: {
      initialisation: name === 'weight' ? weight : zero,
      fanIn: 1,
      fanOut: 1,
    },
  }));
}

/** Memory of a layer that normalises parts of each sample by themselves. */
export interface SampleNormMemory {
  /** Of each part of each of this worker's samples, from the forward to the backward pass. */
  readonly mean: number;
  readonly inverse: number;
  /** Ones and zeros in the place of what is not trained. */
  readonly constants: { readonly weight: number; readonly bias: number };
  readonly trained: readonly VectorParameter[];
}

/** What is normalised: the parts of a sample with statistics of their own, and the shape of weight and bias. */
export interface SampleNormSizes {
  readonly parts: number;
  readonly shape: Shape;
  readonly affine: Affine;
}

export function allocateSampleNorm(
  { maxImages, maxOwnShards }: LayerSizes<unknown>,
  { own, scratch }: LayerAllocators,
  { parts, shape, affine }: SampleNormSizes,
): SampleNormMemory {
  const length = elements(shape);
  const constant = (name: 'weight' | 'bias') => own.floats(affine.includes(name) ? 0 : length);
  return {
    mean: own.floats(maxOwnShards * maxImages * parts),
    inverse: own.floats(maxOwnShards * maxImages * parts),
    constants: { weight: constant('weight'), bias: constant('bias') },
    trained: affine.map((name) => ({ name, length, rows: allocateRows(scratch, maxOwnShards, length) })),
  };
}

/** Where a shard's statistics are, and the weight and bias, trained or not. */
export function sampleNormPointers(
  context: LayerContext<unknown, SampleNormMemory>,
  { parts, shape, affine }: SampleNormSizes,
): (shard: Shard) => { weight: number; bias: number; mean: number; inverse: number } {
  const { kernels, memory, maxImages, ownShards } = context;
  const vector = (name: 'weight' | 'bias', value: number): (() => number) => {
    if (affine.includes(name)) return () => context.parameter(name);
    const pointer = memory.constants[name];
    kernels.f32.fill(value, pointer / 4, pointer / 4 + elements(shape));
    return () => pointer;
  };
  const [weight, bias] = [vector('weight', 1), vector('bias', 0)];
  return (shard) => {
    const offset = (shard.index - ownShards[0]!.index) * maxImages * parts * 4;
    return { weight: weight(), bias: bias(), mean: memory.mean + offset, inverse: memory.inverse + offset };
  };
}
