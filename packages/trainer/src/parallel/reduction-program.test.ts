import { combineInTree, workerSubtrees } from '@lockstep/core';
import { describe, expect, test } from 'vitest';
import { type Operand, reductionProgram } from './reduction-program.ts';

/** Runs a program on names instead of numbers. A sum is the sorted pair, as the order of two summands is free. */
function runOnNames(
  shards: number,
  workers: number,
  rank: number,
  microBatches = 1,
): { sum: string; usedSlots: number } {
  const program = reductionProgram(shards, workers, rank, microBatches);
  const partial = (worker: number, index: number) => {
    const { begin, end } = workerSubtrees(worker, workers, shards, microBatches)[index]!;
    return treeName(begin, end);
  };
  const slots: string[] = [];
  const read = (operand: Operand) => ('slot' in operand ? slots[operand.slot]! : partial(rank, operand.own));
  for (const step of program.steps) {
    if (step.op === 'add') slots[step.slot] = pair(slots[step.slot]!, read(step.operand));
    else slots[step.slot] = partial(step.from.worker, step.from.index);
  }
  expect(program.fetches).toBe(program.steps.filter((step) => step.op === 'fetch' && step.from.worker !== rank).length);
  expect(program.slots).toBe(slots.length);
  return { sum: read(program.result), usedSlots: slots.length };
}

function treeName(begin: number, end: number): string {
  return combineInTree(
    Array.from({ length: end - begin }, (_, i) => String(begin + i)),
    pair,
  )!;
}

function pair(left: string, right: string): string {
  return `(${[left, right].sort().join('+')})`;
}

describe.each([1, 2, 3, 7, 13, 16, 31])('%i shards', (shards) => {
  test('the sum is the whole tree for every worker of any number of them, and few slots are used', () => {
    for (let workers = 1; workers <= shards; workers++) {
      for (let rank = 0; rank < workers; rank++) {
        const { sum, usedSlots } = runOnNames(shards, workers, rank);
        expect(sum).toBe(treeName(0, shards));
        expect(usedSlots).toBeLessThanOrEqual(Math.ceil(Math.log2(shards)) + 1);
      }
    }
  });

  test('so it is in micro-batches', () => {
    for (const microBatches of [2, 3, 4, shards].filter((count) => count <= shards)) {
      for (let workers = 1; workers <= shards; workers++) {
        for (let rank = 0; rank < workers; rank++) {
          const { sum, usedSlots } = runOnNames(shards, workers, rank, microBatches);
          expect(sum).toBe(treeName(0, shards));
          expect(usedSlots).toBeLessThanOrEqual(Math.ceil(Math.log2(shards)) + 1);
        }
      }
    }
  });
});

test('one worker copies a partial of its own, where it has several', () => {
  expect(reductionProgram(4, 1, 0, 2)).toEqual({
    steps: [
      { op: 'fetch', slot: 0, from: { worker: 0, index: 1 } },
      { op: 'add', slot: 0, operand: { own: 0 } },
    ],
    result: { slot: 0 },
    slots: 1,
    fetches: 0,
  });
});

test('one worker adds nothing, and two add once, in one slot', () => {
  expect(reductionProgram(16, 1, 0)).toEqual({ steps: [], result: { own: 0 }, slots: 0, fetches: 0 });
  expect(reductionProgram(16, 2, 1)).toEqual({
    steps: [
      { op: 'fetch', slot: 0, from: { worker: 0, index: 0 } },
      { op: 'add', slot: 0, operand: { own: 0 } },
    ],
    result: { slot: 0 },
    slots: 1,
    fetches: 1,
  });
});
