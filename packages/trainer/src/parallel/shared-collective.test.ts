import { combineInTree, type Range } from '@lockstep/core';
import { describe, expect, test } from 'vitest';
import { ControlBlock } from './control-block.ts';
import { SharedCollective, type SharedMemory } from './shared-collective.ts';
import { workerSlices } from './slices.ts';
import type { AddFloats } from './tree-reduction.ts';

// The methods that meet are run by several threads in collective-threads.test.ts.

const floats = 1000;
const blockFloats = 96;
const at = { partials: 256, stride: 4096, scratch: 256 + 4096 * 16 };
const guard = -12345;

/** Value i of a shard: of very different sizes, so that the order of a sum shows in its bits. */
function value(shard: number, i: number): number {
  return Math.fround(Math.sin(shard * 1000 + i) * 10 ** ((shard * 7 + i) % 9));
}

function treeSum(shards: Range, i: number): number {
  const values = Array.from({ length: shards.end - shards.begin }, (_, k) => value(shards.begin + k, i));
  return combineInTree(values, (left, right) => Math.fround(left + right))!;
}

/** The collective of every worker, all in this thread, with partials filled in and the scratch between guards. */
function collectives(workers: number, shards: number, memoryOf: (bytes: number) => SharedMemory = sharedBuffer) {
  const control = ControlBlock.create(workers);
  const memories = Array.from({ length: workers }, () => memoryOf(131_072));
  return memories.map((memory, rank) => {
    const collective = new SharedCollective({ control, memories, rank, shards, blockFloats });
    const own = new Float32Array('buffer' in memory ? memory.buffer : memory);
    collective.ownSubtrees.forEach((subtree, index) => {
      for (let i = 0; i < floats; i++) own[(at.partials + index * at.stride) / 4 + i] = treeSum(subtree, i);
    });
    own.fill(guard, (at.scratch + collective.scratchBytes) / 4);
    return { collective, own };
  });
}

function sharedBuffer(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

describe.each([
  [16, 1],
  [16, 2],
  [16, 3],
  [16, 16],
  [13, 2],
  [13, 5],
  [7, 4],
])('%i shards on %i workers', (shards, workers) => {
  const expected = Array.from({ length: floats }, (_, i) => treeSum({ begin: 0, end: shards }, i));

  test('every worker sums any range to the bits of the tree, in blocks, and leaves the partials as they were', () => {
    for (const { collective, own } of collectives(workers, shards)) {
      const before = own.slice(0, at.scratch / 4);
      for (const [begin, end] of [
        [0, floats],
        [37, 229],
        [96, 192],
        [5, 5],
      ] as const) {
        const sums: number[] = [];
        const blocks: number[] = [];
        const consume = (from: number, to: number, sum: number) => {
          expect(from).toBe(begin + sums.length);
          blocks.push(to - from);
          sums.push(...own.subarray(sum / 4, sum / 4 + to - from));
        };
        collective.reduceRange({ ...at, begin, end, consume });
        expect(sums).toEqual(expected.slice(begin, end));
        expect(blocks.slice(0, -1).every((length) => length === blockFloats)).toBe(true);
      }
      expect(own.slice(0, at.scratch / 4)).toEqual(before);
      expect(own.subarray((at.scratch + collective.scratchBytes) / 4).every((float) => float === guard)).toBe(true);
    }
  });
});

test('a prepared reduction is the same every time, uses the addition given, and says what it fetches', () => {
  const { collective, own } = collectives(3, 16)[1]!;
  const counts: number[] = [];
  const add: AddFloats = (destination, source, count) => {
    expect((destination % 4) + (source % 4)).toBe(0);
    counts.push(count);
    for (let i = 0; i < count; i++) own[destination / 4 + i]! += own[source / 4 + i]!;
  };
  const reduction = collective.prepareReduction({ ...at, begin: 100, end: 300, add });
  for (let run = 0; run < 2; run++) {
    reduction.run((begin, end, sum) => {
      for (let i = begin; i < end; i++) expect(own[sum / 4 + i - begin]).toBe(treeSum({ begin: 0, end: 16 }, i));
    });
  }
  // The three own [0,4) [4,5); [5,6) [6,8) [8,10); [10,12) [12,16): seven partials, of which four are others'.
  expect(collective.ownSubtrees).toHaveLength(3);
  expect(reduction.fetchedBytes).toBe(4 * 200 * 4);
  expect(counts).toEqual([...six(96), ...six(96), ...six(8), ...six(96), ...six(96), ...six(8)]);
});

function six(count: number): number[] {
  return new Array<number>(6).fill(count);
}

test('all-gather copies what the others own, and nothing else', () => {
  const all = collectives(3, 16);
  const ranges = workerSlices(floats, 3, 64);
  all.forEach(({ own }, rank) => {
    for (let i = 0; i < floats; i++) own[at.partials / 4 + i] = 1000 * rank + i;
  });
  const expected = Array.from({ length: floats }, (_, i) => {
    return 1000 * ranges.findIndex(({ begin, end }) => begin <= i && i < end) + i;
  });
  for (const { collective, own } of all) {
    collective.allGather(at.partials, ranges);
    expect([...own.subarray(at.partials / 4, at.partials / 4 + floats)]).toEqual(expected);
    expect(own[at.partials / 4 - 1]).toBe(0);
  }
});

test('parts that do not fit are refused with what came', () => {
  const control = ControlBlock.create(2);
  const memories = [new SharedArrayBuffer(64), new SharedArrayBuffer(64)];
  const good = { control, memories, rank: 0, shards: 4, blockFloats };
  const make = (change: object) => () => new SharedCollective({ ...good, ...change });
  expect(make({ memories: memories.slice(1) })).toThrow('2 workers got 1 memories');
  expect(make({ rank: 2 })).toThrow('in 0…1, not 2');
  expect(make({ shards: 1 })).toThrow('at least as many shards, not 1');
  expect(make({ blockFloats: 0 })).toThrow('above 0, not 0');
  expect(make({ memories: [memories[0], new ArrayBuffer(64)] })).toThrow('memory of worker 1 is not shared');
  const collective = make({})();
  const spec = { partials: 0, stride: 0, begin: 0, end: 4, scratch: 32 };
  const prepare = (change: object) => () => collective.prepareReduction({ ...spec, ...change });
  expect(prepare({ partials: 2 })).toThrow("'partials' of a reduction must be a multiple of 4 bytes, not 2");
  expect(prepare({ begin: 5 })).toThrow('not [5, 4)');
  expect(prepare({ end: 17, scratch: 0 })).toThrow('beyond');
  expect(prepare({})).toThrow('beyond');
  const halves = [0, 1].map((rank) => ({ begin: rank * 8, end: rank * 8 + 8 }));
  expect(() => collective.allGather(0, halves.slice(1))).toThrow('all-gather of 2 workers got 1 ranges');
  expect(() => collective.allGather(16, halves)).toThrow(
    'Bytes [48, 80) of worker 1 are not within the memories of 64',
  );
  expect(() => collective.allGather(-64, halves)).toThrow('Bytes [-32, 0) of worker 1');
  expect(() => collective.reduceScatter({ ...spec, destination: 0, slices: [] })).toThrow('2 workers got 0 slices');
  expect(() => collective.broadcast(0, 4, 2)).toThrow('root of a broadcast must be in 0…1, not 2');
});
