import { describe, expect, it } from 'vitest';
import {
  combineInTree,
  maxShardSamples,
  mergesAfterLeaf,
  ownedSubtrees,
  type Range,
  shardSamples,
  splitPoint,
  stackedSums,
  workerShards,
} from './shards.ts';

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);
const sizeOf = ({ begin, end }: Range): number => end - begin;

/** The tree by its definition: what a stack machine must come to. Bracketing shows the order, and associates with nothing. */
function bracketed({ begin, end }: Range): string {
  if (end - begin === 1) return String(begin);
  const middle = splitPoint({ begin, end });
  return `(${bracketed({ begin, end: middle })}+${bracketed({ begin: middle, end })})`;
}

describe.each([
  ['shardSamples', (i: number, parts: number, whole: number) => shardSamples(i, parts, whole)],
  ['workerShards', (i: number, parts: number, whole: number) => workerShards(i, parts, whole)],
])('%s', (_, rangeOf) => {
  it('gives each part of the whole to exactly one, in order, and parts that differ by one at most', () => {
    for (const parts of upTo(40)) {
      for (const whole of [0, ...upTo(90)]) {
        const ranges = Array.from({ length: parts }, (_, i) => rangeOf(i, parts, whole));
        ranges.forEach(({ begin }, i) => {
          expect(begin).toBe(i === 0 ? 0 : ranges[i - 1]!.end);
        });
        expect(ranges.at(-1)!.end).toBe(whole);
        const sizes = ranges.map(sizeOf);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(Math.max(...sizes)).toBe(maxShardSamples(parts, whole));
      }
    }
  });
});

describe('shardSamples of groups', () => {
  it('never divides a group, and gives each shard as many, or one more', () => {
    for (const group of [1, 2, 3, 5, 8]) {
      for (const parts of upTo(12)) {
        for (const whole of [0, ...upTo(50)]) {
          const ranges = Array.from({ length: parts }, (_, i) => shardSamples(i, parts, whole, group));
          ranges.forEach(({ begin }, i) => {
            expect(begin).toBe(i === 0 ? 0 : ranges[i - 1]!.end);
            expect(begin === whole || begin % group === 0).toBe(true);
          });
          expect(ranges.at(-1)!.end).toBe(whole);
          const groups = ranges.map((range) => Math.ceil(sizeOf(range) / group));
          expect(Math.max(...groups) - Math.min(...groups)).toBeLessThanOrEqual(1);
          const room = maxShardSamples(parts, whole, group);
          expect(Math.max(...ranges.map(sizeOf))).toBeLessThanOrEqual(room);
          expect(room).toBeLessThan(Math.max(...ranges.map(sizeOf)) + group); // the last group may be short
        }
      }
    }
  });
});

describe('the tree', () => {
  it('is the perfect binary tree for powers of two, and splits at the largest power of two below the rest otherwise', () => {
    expect(bracketed({ begin: 0, end: 8 })).toBe('(((0+1)+(2+3))+((4+5)+(6+7)))');
    expect(bracketed({ begin: 0, end: 7 })).toBe('(((0+1)+(2+3))+((4+5)+6))');
    expect(bracketed({ begin: 0, end: 5 })).toBe('(((0+1)+(2+3))+4)');
    expect(bracketed({ begin: 3, end: 6 })).toBe('((3+4)+5)');
    expect(splitPoint({ begin: 0, end: 2 })).toBe(1);
    expect(splitPoint({ begin: 10, end: 27 })).toBe(26);
  });

  it('as a program for a stack does what its definition says, with a stack as deep as said', () => {
    for (const leaves of upTo(70)) {
      const merges = mergesAfterLeaf({ begin: 0, end: leaves });
      expect(merges).toHaveLength(leaves);
      const stack: string[] = [];
      let depth = 0;
      let entries = 0;
      merges.forEach((count, leaf) => {
        stack.push(String(leaf));
        depth = Math.max(depth, stack.length);
        for (let i = 0; i < count; i++) {
          const right = stack.pop()!;
          stack.push(`(${stack.pop()}+${right})`);
        }
        entries = Math.max(entries, stack.length);
      });
      expect(stack).toEqual([bracketed({ begin: 0, end: leaves })]);
      // The kernels have room for so many sums.
      expect(depth).toBeLessThanOrEqual(Math.ceil(Math.log2(leaves)) + 1);
      expect(entries).toBeLessThanOrEqual(stackedSums(leaves));
    }
    expect(mergesAfterLeaf({ begin: 0, end: 4 })).toEqual([0, 1, 0, 2]);
    expect(mergesAfterLeaf({ begin: 5, end: 8 })).toEqual([0, 1, 1]);
    expect(mergesAfterLeaf({ begin: 3, end: 3 })).toEqual([]);
  });

  it('is what combineInTree combines by, whatever the operation', () => {
    for (const leaves of upTo(40)) {
      const names = Array.from({ length: leaves }, (_, i) => String(i));
      expect(combineInTree(names, (left, right) => `(${left}+${right})`)).toBe(bracketed({ begin: 0, end: leaves }));
    }
    expect(combineInTree([1, 2, 3, 4, 5], (left, right) => left - right)).toBe(1 - 2 - (3 - 4) - 5);
    expect(combineInTree([], () => 0)).toBeUndefined();
    expect(combineInTree([undefined, undefined], () => undefined)).toBeUndefined();
  });
});

describe('ownedSubtrees', () => {
  /** All nodes of the tree. */
  function nodesOf(tree: Range): Range[] {
    if (sizeOf(tree) === 1) return [tree];
    const middle = splitPoint(tree);
    return [tree, ...nodesOf({ begin: tree.begin, end: middle }), ...nodesOf({ begin: middle, end: tree.end })];
  }

  it('cuts the shards of each worker into the largest nodes of the tree, for every number of workers', () => {
    for (const shards of upTo(40)) {
      const tree = { begin: 0, end: shards };
      const nodes = nodesOf(tree);
      const names = new Set(nodes.map(({ begin, end }) => `${begin}-${end}`));
      for (const workers of upTo(shards)) {
        for (let rank = 0; rank < workers; rank++) {
          const owned = workerShards(rank, workers, shards);
          const subtrees = ownedSubtrees(tree, owned);
          // They follow each other and make up what is owned; each is a node of the tree.
          expect(subtrees[0]!.begin).toBe(owned.begin);
          expect(subtrees.at(-1)!.end).toBe(owned.end);
          subtrees.slice(1).forEach(({ begin }, i) => {
            expect(begin).toBe(subtrees[i]!.end);
          });
          for (const { begin, end } of subtrees) expect(names).toContain(`${begin}-${end}`);
          // No larger node lies within what is owned: there are not even two that one node is made of.
          const within = nodes.filter(({ begin, end }) => begin >= owned.begin && end <= owned.end);
          for (const node of within) {
            expect(subtrees.some(({ begin, end }) => begin <= node.begin && end >= node.end)).toBe(true);
          }
        }
      }
    }
  });

  it('is one tree for one worker, and one shard each for as many workers as shards', () => {
    expect(ownedSubtrees({ begin: 0, end: 16 }, { begin: 0, end: 16 })).toEqual([{ begin: 0, end: 16 }]);
    expect(ownedSubtrees({ begin: 0, end: 16 }, { begin: 5, end: 6 })).toEqual([{ begin: 5, end: 6 }]);
    expect(ownedSubtrees({ begin: 0, end: 16 }, { begin: 5, end: 10 })).toEqual([
      { begin: 5, end: 6 },
      { begin: 6, end: 8 },
      { begin: 8, end: 10 },
    ]);
    expect(ownedSubtrees({ begin: 0, end: 4 }, { begin: 2, end: 2 })).toEqual([]);
  });
});
