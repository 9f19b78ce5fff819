import {
  CoreError,
  createOptimiser,
  parameterSlices,
  type ReplicaPlan,
  readState,
  type StateDict,
  writeState,
} from '@lockstep/core';
import type { Recipe } from './setup.ts';

/** All that decides how a run goes on: the network and the optimiser before a step. */
export interface TrainingState {
  readonly step: number;
  readonly model: StateDict;
  /**
   * The optimiser's vectors, each as long as the vector of all parameters, in the order of memory. None: as before the first
   * step.
   */
  readonly optimiser: readonly Float32Array[];
}

/**
 * Reads the state before a step out of the replicas' memories.
 *
 * @param views of all floats of each worker's memory
 */
export function readTrainingState(plan: ReplicaPlan, views: readonly Float32Array[], step: number): TrainingState {
  const parity = step & 1;
  const { state, parameters, buffers, optimiserState, sliceFloats } = plan;
  const slices = parameterSlices(state, views.length);
  // Each worker has its own slice of the new parameters; the others' have not been gathered yet.
  const gathered = (pointer: number, sliceBegin: (begin: number) => number): Float32Array => {
    const vector = new Float32Array(state.parameterFloats);
    slices.forEach(({ begin, end }, rank) => {
      const from = pointer / 4 + sliceBegin(begin);
      vector.set(views[rank]!.subarray(from, from + end - begin), begin);
    });
    return vector;
  };
  const bufferBegin = buffers[parity]! / 4;
  return {
    step,
    model: readState(
      state,
      gathered(parameters[parity]!, (begin) => begin),
      views[0]!.subarray(bufferBegin, bufferBegin + state.bufferFloats),
    ),
    optimiser: Array.from({ length: plan.options.stateVectors }, (_, vector) =>
      gathered(optimiserState[parity]! + vector * sliceFloats * 4, () => 0),
    ),
  };
}

/** Writes a state into the replicas' memories. @throws CoreError `STATE_MISMATCH` for one of another network or optimiser */
export function writeTrainingState(
  recipe: Recipe,
  plan: ReplicaPlan,
  views: readonly Float32Array[],
  { step, model, optimiser }: TrainingState,
): void {
  const { state, parameters, buffers, optimiserState, sliceFloats } = plan;
  const parity = step & 1;
  const vectors = optimiser.length === 0 ? initialVectors(recipe, plan) : optimiser;
  const expected = plan.options.stateVectors;
  if (vectors.length !== expected || vectors.some(({ length }) => length !== state.parameterFloats)) {
    throw new CoreError(
      'STATE_MISMATCH',
      `expected ${expected} optimiser vectors of ${state.parameterFloats} floats, got lengths [${vectors.map(({ length }) => length).join(', ')}]: ` +
        'they are of another network or optimiser',
    );
  }
  const slices = parameterSlices(state, views.length);
  views.forEach((view, rank) => {
    const at = (pointer: number, floats: number): Float32Array => view.subarray(pointer / 4, pointer / 4 + floats);
    writeState(state, model, at(parameters[parity]!, state.parameterFloats), at(buffers[parity]!, state.bufferFloats));
    const { begin, end } = slices[rank]!;
    vectors.forEach((vector, i) => {
      at(optimiserState[parity]! + i * sliceFloats * 4, sliceFloats).set(vector.subarray(begin, end));
    });
  });
}

/** The optimiser's vectors before the first step. */
function initialVectors({ optimiser }: Recipe, { state }: ReplicaPlan): Float32Array[] {
  const { stateVectors, initialState: values = [] } = createOptimiser(optimiser);
  return Array.from({ length: stateVectors }, (_, i) => new Float32Array(state.parameterFloats).fill(values[i] ?? 0));
}
