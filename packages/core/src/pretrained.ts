import { CoreError } from './errors.ts';
import { elements, shapeText } from './graph/graph.ts';
import { headsOf } from './graph/heads.ts';
import type { ResolvedGraph } from './graph/resolve.ts';
import { stateLayout } from './plan/parameters.ts';
import { initialState, type StateDict } from './state.ts';

/** A state that is partly of a file. Together the lists have every tensor of the network. */
export interface PretrainedState {
  readonly state: StateDict;
  /** Names of the tensors that are the file's. */
  readonly matched: readonly string[];
  /** Those of the head, which are new since the file's are for another number of classes. */
  readonly reinitialised: readonly string[];
}

/** So many problems a message lists; more are of the same kind. */
const listed = 12;

/**
 * The state to train from with the weights of a file. The head is what is nearest to each output: the last layer with parameters.
 * Where the file's is for another number of classes, it begins anew, as the seed has it; all else has to match by name and
 * shape.
 *
 * @param where what the message calls the file
 * @throws CoreError `STATE_MISMATCH` that lists what is missing, what is left over, and what has another shape
 */
export function pretrainedState(
  resolved: ResolvedGraph,
  seed: number,
  weights: StateDict,
  where: string,
): PretrainedState {
  const heads = headsOf(resolved);
  const initial = initialState(stateLayout(resolved), seed);
  const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const matched: string[] = [];
  const reinitialised: string[] = [];
  const problems: string[] = [];
  // A head is one layer: its weight and bias are taken together or not at all.
  const replaced = new Set(
    [...heads].filter((head) =>
      [...initial].some(
        ([name, { shape }]) => nodeOf(name) === head && forOtherClasses(weights.get(name)?.shape, shape),
      ),
    ),
  );
  for (const [name, tensor] of initial) {
    const given = weights.get(name);
    if (!given) problems.push(`it has no "${name}" of ${shapeText(tensor.shape)}`);
    else if (replaced.has(nodeOf(name)) && forOtherClasses(given.shape, tensor.shape)) {
      state.set(name, tensor);
      reinitialised.push(name);
    } else if (shapeText(given.shape) !== shapeText(tensor.shape) || given.data.length !== elements(given.shape)) {
      problems.push(`"${name}" is ${shapeText(given.shape)}, and the network's is ${shapeText(tensor.shape)}`);
    } else {
      state.set(name, given);
      matched.push(name);
    }
  }
  for (const name of weights.keys()) if (!initial.has(name)) problems.push(`the network has no "${name}"`);
  if (problems.length === 0) return { state, matched, reinitialised };
  const more = problems.length > listed ? `; and ${problems.length - listed} more` : '';
  throw new CoreError(
    'STATE_MISMATCH',
    `${where} does not fit ${resolved.graph.name}: ${problems.slice(0, listed).join('; ')}${more}`,
  );
}

const nodeOf = (tensor: string): string => tensor.slice(0, tensor.lastIndexOf('.'));

/** Whether two shapes differ in the first axis only: that of a head's classes. */
const forOtherClasses = (given: readonly number[] | undefined, shape: readonly number[]): boolean =>
  given !== undefined &&
  given[0] !== shape[0] &&
  shapeText(given.slice(1)) === shapeText(shape.slice(1)) &&
  given.length === shape.length;
