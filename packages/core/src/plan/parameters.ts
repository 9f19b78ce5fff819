import { elements } from '../graph/graph.ts';
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
  /** As in `ParameterSpec`. */
  readonly view?: readonly number[] | undefined;
  readonly permutation: readonly number[];
  readonly initialiser: Initialiser;
  /** In floats. */
  readonly offset: number;
  readonly size: number;
}

/** Where a kept but untrained tensor is in the vector of all buffers. */
interface BufferEntry {
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

/** Lays out the parameters and buffers in the order of the graph's nodes; those that nodes share once, as the first one's. */
export function stateLayout({ nodes }: ResolvedGraph): StateLayout {
  let parameterFloats = 0;
  let bufferFloats = 0;
  const parameters: ParameterEntry[] = [];
  const buffers: BufferEntry[] = [];
  for (const node of nodes) {
    for (const { name, shape, view, permutation, initialiser } of node.parametersOf === node.name
      ? node.parameters
      : []) {
      const size = elements(shape);
      parameters.push({
        name: `${node.name}.${name}`,
        shape,
        view,
        permutation,
        initialiser,
        offset: parameterFloats,
        size,
      });
      parameterFloats += align(size);
    }
    for (const { name, length, initial } of node.buffers) {
      buffers.push({ name: `${node.name}.${name}`, offset: bufferFloats, size: length, initial });
      bufferFloats += align(length);
    }
  }
  return { parameters, parameterFloats, buffers, bufferFloats };
}

/** How many numbers are trained. @param frozen names of tensors that are not */
export function countParameters({ parameters }: StateLayout, frozen: readonly string[] = []): number {
  return parameters.reduce((sum, { name, size }) => sum + (frozen.includes(name) ? 0 : size), 0);
}

/** Floats of a chunk at most: a few pages, so that slices are even, and few enough sums. */
const chunkFloats = 4096;

/**
 * A part of a tensor. What is summed over parameters (norms) is summed chunk by chunk, then over the chunks in one fixed order;
 * and each chunk is one worker's: hence the same bits whatever the number of workers.
 */
export interface ParameterChunk {
  /** The tensor's number in the layout. */
  readonly tensor: number;
  /** In floats of the vector of parameters, without the gap behind the tensor. */
  readonly begin: number;
  readonly end: number;
}

/** Each tensor in chunks of 4,096 floats, the last one of what is left. */
export function parameterChunks({ parameters }: StateLayout): ParameterChunk[] {
  return parameters.flatMap(({ offset, size }, tensor) =>
    Array.from({ length: Math.ceil(size / chunkFloats) }, (_, i) => ({
      tensor,
      begin: offset + i * chunkFloats,
      end: offset + Math.min(size, (i + 1) * chunkFloats),
    })),
  );
}

/**
 * The floats of the vector of parameters that each worker updates, by rank: as even as whole chunks allow. With fewer
 * chunks than workers some are empty.
 */
export function parameterSlices(layout: StateLayout, workers: number): Range[] {
  const { parameterFloats } = layout;
  const boundaries = [...parameterChunks(layout).map(({ begin }) => begin), parameterFloats];
  const nearest = (target: number): number => {
    const after = boundaries.findIndex((boundary) => boundary >= target);
    const [low, high] = [boundaries[Math.max(0, after - 1)]!, boundaries[after]!];
    return target - low < high - target ? low : high;
  };
  const boundary = (rank: number): number => nearest((rank * parameterFloats) / workers);
  return Array.from({ length: workers }, (_, rank) => ({ begin: boundary(rank), end: boundary(rank + 1) }));
}
