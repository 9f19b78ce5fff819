import { expect, test } from 'vitest';
import { ControlBlock } from './control-block.ts';
import { reductionScratchBytes } from './reduction-scratch.ts';
import { SharedCollective } from './shared-collective.ts';

test('it is enough for every worker, and no more than one of them needs', () => {
  for (const [shards, workers] of [
    [16, 1],
    [16, 3],
    [13, 5],
  ] as const) {
    const control = ControlBlock.create(workers);
    const memories = Array.from({ length: workers }, () => new SharedArrayBuffer(64));
    const needs = memories.map((_, rank) => new SharedCollective({ control, memories, rank, shards }).scratchBytes);
    expect(reductionScratchBytes(shards, workers)).toBe(Math.max(...needs));
  }
  expect(reductionScratchBytes(16, 2, 100)).toBe(400);
});
