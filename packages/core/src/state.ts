import { CoreError } from './errors.ts';
import { elements, shapeText } from './graph/graph.ts';
import { initialise } from './initialisers.ts';
import type { ParameterEntry, StateLayout } from './plan/parameters.ts';
import { Generator } from './random/generator.ts';

/** A network's parameters and buffers by name, as in files: PyTorch's shapes and order of axes. */
export type StateDict = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/**
 * The state before training. Each parameter has its own stream of random numbers, by its number in the layout: another size
 * of one of them leaves the others as they are.
 */
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
 * @param parameters float32 [layout.parameterFloats], at least
 * @param buffers float32 [layout.bufferFloats], at least
 * @throws CoreError `STATE_MISMATCH` if a tensor is missing, has another shape, or is not of this network, or a vector is too
 *   short. Nothing is written then.
 */
export function writeState(
  layout: StateLayout,
  state: StateDict,
  parameters: Float32Array,
  buffers: Float32Array,
): void {
  checkVectors(layout, parameters, buffers);
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

/**
 * Reads the state out of the vectors of a replica; the tensors are copies. With a vector of gradients in the place of the
 * parameters it reads those.
 *
 * @throws CoreError `STATE_MISMATCH` if a vector is too short
 */
export function readState(layout: StateLayout, parameters: Float32Array, buffers: Float32Array): StateDict {
  checkVectors(layout, parameters, buffers);
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

function checkVectors(layout: StateLayout, parameters: Float32Array, buffers: Float32Array): void {
  if (parameters.length >= layout.parameterFloats && buffers.length >= layout.bufferFloats) return;
  throw new CoreError(
    'STATE_MISMATCH',
    `expected vectors of ${layout.parameterFloats} parameters and ${layout.bufferFloats} buffers, got ${parameters.length} and ${buffers.length} floats`,
  );
}

/** @throws CoreError `STATE_MISMATCH` if a tensor is missing, has another shape, or is not of this network */
export function checkState(layout: StateLayout, state: StateDict): void {
  const expected = new Map<string, readonly number[]>([
    ...layout.parameters.map(({ name, shape }) => [name, shape] as const),
    ...layout.buffers.map(({ name, size }) => [name, [size]] as const),
  ]);
  for (const [name, shape] of expected) {
    const tensor = state.get(name);
    if (!tensor)
      throw new CoreError(
        'STATE_MISMATCH',
        `the weights have no tensor "${name}" of ${shapeText(shape)}: they are of another network`,
      );
    if (shapeText(tensor.shape) !== shapeText(shape) || tensor.data.length !== elements(shape)) {
      throw new CoreError(
        'STATE_MISMATCH',
        `tensor "${name}": expected ${shapeText(shape)}, got ${shapeText(tensor.shape)} with ${tensor.data.length} values`,
      );
    }
  }
  for (const name of state.keys()) {
    if (!expected.has(name))
      throw new CoreError('STATE_MISMATCH', `the network has no tensor "${name}", but the weights have`);
  }
}

/** Copies between the order of a file and that of memory: axis i in memory is axis permutation[i] of the file's view. */
function permute(
  file: Float32Array,
  memory: Float32Array,
  { shape, view = shape, permutation }: ParameterEntry,
  direction: 'toMemory' | 'toFile',
): void {
  const fileStrides = view.map((_, axis) => view.slice(axis + 1).reduce((product, length) => product * length, 1));
  const sizes = permutation.map((axis) => view[axis]!);
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
