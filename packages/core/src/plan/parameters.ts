import type { ResolvedGraph } from '../graph/resolve.ts';
import type { Initialiser } from '../initialisers.ts';
import type { Range } from '../parallel/shards.ts';

/** Tensors begin at multiples of this many floats, so that kernels go over whole vectors and cache lines. */
const alignment = 16;

/** Where a trained tensor is in the vector of all parameters. */
export interface ParameterEntry {
  /** Its name in files: the node's, a dot, the tensor's. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly permutation: readonly number[];
  readonly initialiser: Initialiser;
  /** In floats. */
  readonly offset: number;
  readonly size: number;
}

/** Where a kept but untrained tensor is in the vector of all buffers. */
export interface BufferEntry {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly initial: number;
}

/** All parameters of a network as one vector, and all buffers as another. */
export interface StateLayout {
  readonly parameters: readonly ParameterEntry[];
  /** Floats of the vector of parameters: a multiple of 16, gaps between tensors included, which stay 0. */
  readonly parameterFloats: number;
  readonly buffers: readonly BufferEntry[];
  readonly bufferFloats: number;
}

const align = (floats: number): number => Math.ceil(floats / alignment) * alignment;

/** Lays out the parameters and buffers in the order of the graph's nodes. */
export function stateLayout({ nodes }: ResolvedGraph): StateLayout {
  let parameterFloats = 0;
  let bufferFloats = 0;
  const parameters: ParameterEntry[] = [];
  const buffers: BufferEntry[] = [];
  for (const node of nodes) {
    for (const { name, shape, permutation, initialiser } of node.parameters) {
      const size = shape.reduce((product, length) => product * length, 1);
      parameters.push({ name: `${node.name}.${name}`, shape, permutation, initialiser, offset: parameterFloats, size });
      parameterFloats += align(size);
    }
    for (const { name, length, initial } of node.buffers) {
      buffers.push({ name: `${node.name}.${name}`, offset: bufferFloats, size: length, initial });
      bufferFloats += align(length);
    }
  }
  return { parameters, parameterFloats, buffers, bufferFloats };
}

/** How many numbers are trained. */
export function countParameters({ parameters }: StateLayout): number {
  return parameters.reduce((sum, { size }) => sum + size, 0);
}

/** Floats of a chunk: slices divide between chunks, so that what is summed over a chunk has one owner, whatever their number. */
const chunkFloats = 4096;

/**
 * The floats of the vector of parameters that each worker updates, by rank: as even as whole chunks allow. With fewer
 * chunks than workers some are empty.
 */
export function parameterSlices({ parameterFloats }: StateLayout, workers: number): Range[] {
  const chunks = Math.ceil(parameterFloats / chunkFloats);
  const boundary = (rank: number): number =>
    Math.min(parameterFloats, Math.floor((rank * chunks) / workers) * chunkFloats);
  return Array.from({ length: workers }, (_, rank) => ({ begin: boundary(rank), end: boundary(rank + 1) }));
}
