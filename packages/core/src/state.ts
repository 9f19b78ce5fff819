import { CoreError } from './errors.ts';
import { initialise } from './initialisers.ts';
import type { ParameterEntry, StateLayout } from './plan/parameters.ts';
import { Generator } from './random/generator.ts';

/** A network's parameters and buffers by name, as in files: PyTorch's shapes and order of axes. */
export type StateDict = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** The state before training. Each tensor has its own stream of random numbers: a layer more or less leaves the others as they are. */
export function initialState(layout: StateLayout, seed: number): StateDict {
  const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  layout.parameters.forEach(({ name, shape, size, initialiser }, position) => {
    const data = new Float32Array(size);
    initialise(data, initialiser, new Generator({ seed, purpose: 'initialisation', position }));
    state.set(name, { shape, data });
  });
  for (const { name, size, initial } of layout.buffers)
    state.set(name, { shape: [size], data: new Float32Array(size).fill(initial) });
  return state;
}

/**
 * Writes a state into the vectors of a replica.
 *
 * @throws CoreError `STATE_MISMATCH` if a tensor is missing, has another shape, or is not of this network. Nothing is written then.
 */
export function writeState(
  layout: StateLayout,
  state: StateDict,
  parameters: Float32Array,
  buffers: Float32Array,
): void {
  checkState(layout, state);
  for (const entry of layout.parameters) {
    permute(
      state.get(entry.name)!.data,
      parameters.subarray(entry.offset, entry.offset + entry.size),
      entry,
      'toMemory',
    );
  }
  for (const { name, offset } of layout.buffers) buffers.set(state.get(name)!.data, offset);
}

/** Reads the state out of the vectors of a replica; the tensors are copies. */
export function readState(layout: StateLayout, parameters: Float32Array, buffers: Float32Array): StateDict {
  const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const entry of layout.parameters) {
    const data = new Float32Array(entry.size);
    permute(data, parameters.subarray(entry.offset, entry.offset + entry.size), entry, 'toFile');
    state.set(entry.name, { shape: entry.shape, data });
  }
  for (const { name, offset, size } of layout.buffers)
    state.set(name, { shape: [size], data: buffers.slice(offset, offset + size) });
  return state;
}

function checkState(layout: StateLayout, state: StateDict): void {
  const expected = new Map<string, readonly number[]>([
    ...layout.parameters.map(({ name, shape }) => [name, shape] as const),
    ...layout.buffers.map(({ name, size }) => [name, [size]] as const),
  ]);
  for (const [name, shape] of expected) {
    const tensor = state.get(name);
    if (!tensor)
      throw new CoreError(
        'STATE_MISMATCH',
        `the weights have no tensor "${name}" of ${shape.join('x')}: they are of another network`,
      );
    const size = shape.reduce((product, length) => product * length, 1);
    if (tensor.shape.join('x') !== shape.join('x') || tensor.data.length !== size) {
      throw new CoreError(
        'STATE_MISMATCH',
        `tensor "${name}": expected ${shape.join('x')}, got ${tensor.shape.join('x')}`,
      );
    }
  }
  for (const name of state.keys()) {
    if (!expected.has(name))
      throw new CoreError('STATE_MISMATCH', `the network has no tensor "${name}", but the weights have`);
  }
}

/** Copies between the order of a file and that of memory: axis i in memory is axis permutation[i] in the file. */
function permute(
  file: Float32Array,
  memory: Float32Array,
  { shape, permutation }: ParameterEntry,
  direction: 'toMemory' | 'toFile',
): void {
  const fileStrides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  const sizes = permutation.map((axis) => shape[axis]!);
  const strides = permutation.map((axis) => fileStrides[axis]!);
  const index = sizes.map(() => 0);
  let from = 0;
  for (let to = 0; to < memory.length; to++) {
    if (direction === 'toMemory') memory[to] = file[from]!;
    else file[from] = memory[to]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      from -= strides[axis]! * sizes[axis]!;
      index[axis] = 0;
    }
  }
}
