import { type Range, splitPoint, workerSubtrees } from '@lockstep/core';

/** One of the values that are summed: the sum over one subtree of shards, which its owner has computed. */
export interface Partial {
  readonly worker: number;
  /** Its number among the owner's subtrees, from left to right. */
  readonly index: number;
}

/** A block that a sum is read from: a slot of the scratch, or one of the worker's own partials where it lies. */
export type Operand = { readonly slot: number } | { readonly own: number };

export type ReductionStep =
  /** Copy a block of a partial into a slot: another worker's, or an own one. */
  | { readonly op: 'fetch'; readonly slot: number; readonly from: Partial }
  /** Add a block to the one in a slot. */
  | { readonly op: 'add'; readonly slot: number; readonly operand: Operand };

/** How one worker sums a block of the vector in the order of the tree. */
export interface ReductionProgram {
  readonly steps: readonly ReductionStep[];
  /** Where the sum is at the end. */
  readonly result: Operand;
  /** How many slots of scratch it needs. */
  readonly slots: number;
  /** How many partials it fetches from others. */
  readonly fetches: number;
}

/**
 * The fixed tree over `shards` as a program for one worker of `workers`. The leaves of the program are the subtrees that
 * the workers own, but its sums are those of the whole tree: which nodes were already summed by their owners makes no
 * difference to the bits.
 *
 * Where the right operand is at hand in a slot and the left one is the worker's own, they are
 * added the other way round: the sum of two floats does not depend on their order (but for the payload of a NaN).
 *
 * @param microBatches where the shards are computed in several micro-batches, a worker has subtrees of each
 */
export function reductionProgram(shards: number, workers: number, rank: number, microBatches = 1): ReductionProgram {
  const leaves = new Map<string, Partial>();
  const all: Range = { begin: 0, end: shards };
  for (let worker = 0; worker < workers; worker++) {
    workerSubtrees(worker, workers, shards, microBatches).forEach(({ begin, end }, index) => {
      leaves.set(`${begin}-${end}`, { worker, index });
    });
  }

  const steps: ReductionStep[] = [];
  const free: number[] = [];
  let slots = 0;
  let fetches = 0;
  /** Where both siblings are own partials, of different micro-batches, one is copied: a partial is never written to. */
  const inSlot = (operand: Operand): { readonly slot: number } => {
    if ('slot' in operand) return operand;
    const slot = free.pop() ?? slots++;
    steps.push({ op: 'fetch', slot, from: { worker: rank, index: operand.own } });
    return { slot };
  };
  const evaluate = (node: Range): Operand => {
    const leaf = leaves.get(`${node.begin}-${node.end}`);
    if (leaf?.worker === rank) return { own: leaf.index };
    if (leaf !== undefined) {
      const slot = free.pop() ?? slots++;
      steps.push({ op: 'fetch', slot, from: leaf });
      fetches++;
      return { slot };
    }
    const middle = splitPoint(node);
    const left = evaluate({ begin: node.begin, end: middle });
    const right = evaluate({ begin: middle, end: node.end });
    const [destination, operand] = 'slot' in left ? [left, right] : [inSlot(right), left];
    steps.push({ op: 'add', slot: destination.slot, operand });
    if ('slot' in operand) free.push(operand.slot);
    return destination;
  };
  const result = evaluate(all);
  return { steps, result, slots, fetches };
}
