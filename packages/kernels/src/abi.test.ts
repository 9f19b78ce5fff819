import { describe, expect, it } from 'vitest';
import { abi } from './abi.ts';
import { slackBytes } from './memory.ts';
import { kernelBuilds } from './module.ts';
import { elementBytes, type Ground, place, placeOn } from './testing/abi-case.ts';
import { abiCases, abiRefusals } from './testing/abi-cases.ts';
import { expectRefused, refusalsOf } from './testing/abi-refusals.ts';
import { Workspace } from './workspace.ts';

const groundOf = (work: Workspace): Ground => ({
  k: work.kernels,
  put: (values) => work.put(values),
  putIntegers: (values) => work.putIntegers(values),
  putDoubles: (values) => work.putDoubles(values),
  putBytes: (values) => work.putBytes(values),
  layOut: (allocate) => allocate(work.allocator),
});

/** Products that are more than there is memory for, and 0 in 32 bits. */
const beyond = [
  [2 ** 16, 2 ** 16],
  [2 ** 30, 4],
  [4, 2 ** 30],
] as const;

describe.each(abiCases.map((entry) => [entry.op, entry] as const))('%s', (_, entry) => {
  const { regions, counts, optional = [], apart, free = [], call } = entry;

  it('runs on what it is meant for', () => {
    const { arena, at } = place(entry);
    call(arena, at, counts);
  });

  it('refuses a pointer that is outside the memory or not aligned', () => {
    const { arena, at } = place(entry);
    const refused = refusalsOf(arena);
    const end = arena.k.memory.buffer.byteLength;
    for (const [name, length] of Object.entries(regions)) {
      const element = elementBytes(entry, name);
      const bytes = length * element;
      const last = end - slackBytes - bytes;
      const wrong = [-4, -64, at[name]! + 0.5, end, end - 64, last + 8, 2 ** 32, 2 ** 53];
      wrong.push(Number.NaN, Number.POSITIVE_INFINITY);
      if (!optional.includes(name)) wrong.push(0);
      if (element > 1) wrong.push(at[name]! + 1, at[name]! + 2, at[name]! + 3);
      if (element > 4) wrong.push(at[name]! + 4);
      for (const pointer of wrong) {
        refused('KERNEL_POINTER', () => call(arena, { ...at, [name]: pointer }, counts), `${name} ${pointer}`);
      }
    }
  });

  it('refuses a count that is negative, not whole, or more than there is', () => {
    const { arena, at } = place(entry);
    const refused = refusalsOf(arena);
    for (const name of Object.keys(counts)) {
      for (const count of [-1, -4, -8, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 32 + 4]) {
        const wrong = () => call(arena, at, { ...counts, [name]: count });
        if (name === 'count' && count > 2) continue; // of values in the whole batch: a divisor
        refused(/KERNEL_ARGUMENT|KERNEL_POINTER|KERNEL_MEMORY/, wrong, `${name} ${count}`);
      }
    }
    // Two negative counts have a positive product.
    const names = Object.keys(counts);
    for (const first of names) {
      for (const second of names) {
        if (first === second) continue;
        const wrong = () => call(arena, at, { ...counts, [first]: -1, [second]: -1 });
        refused(/KERNEL_ARGUMENT|KERNEL_POINTER/, wrong, `${first} and ${second} -1`);
      }
    }
  });

  it('refuses counts whose product is more than there is, or than 32 bits hold', () => {
    const { arena, at } = place(entry);
    const refused = refusalsOf(arena);
    const refuse = (changes: Readonly<Record<string, number>>) =>
      refused(
        /KERNEL_ARGUMENT|KERNEL_POINTER|KERNEL_MEMORY/,
        () => call(arena, at, { ...counts, ...changes }),
        JSON.stringify(changes),
      );
    const sizes = Object.keys(counts).filter((name) => !free.includes(name));
    sizes.forEach((first, i) => {
      for (const second of sizes.slice(i + 1)) {
        for (const [a, b] of beyond) refuse({ [first]: a, [second]: b });
      }
    });
    // Nothing, but in numbers that would take forever.
    if (sizes.length < 3) return;
    for (const none of sizes) refuse({ ...Object.fromEntries(sizes.map((name) => [name, 2 ** 31 - 1])), [none]: 0 });
  });

  if (apart) {
    it('refuses an output that overlaps what is read', () => {
      const { arena, at } = place(entry);
      const refused = refusalsOf(arena);
      const [output, ...inputs] = apart;
      const [bytes, element] = [regions[output]! * elementBytes(entry, output), elementBytes(entry, output)];
      for (const input of inputs) {
        const end = at[input]! + regions[input]! * elementBytes(entry, input);
        const last = Math.floor((end - 1) / element) * element;
        for (const pointer of [at[input]!, last, at[input]! - bytes + element]) {
          const wrong = () => call(arena, { ...at, [output]: pointer }, counts);
          refused('KERNEL_ARGUMENT', wrong, `${output} at ${pointer}, ${input} at ${at[input]}`);
        }
      }
    });
  }

  it('reads no further than the end of the memory where a region ends with it', () => {
    const { arena, at } = place(entry);
    const end = arena.k.memory.buffer.byteLength - slackBytes;
    for (const [name, length] of Object.entries(regions)) {
      const bytes = length * elementBytes(entry, name);
      const pointer = Math.floor((end - bytes) / 8) * 8;
      arena.k.u8.copyWithin(pointer, at[name]!, at[name]! + bytes);
      call(arena, { ...at, [name]: pointer }, counts);
    }
  });
});

/** More than all cases take together. */
const allCasesBytes = 2 ** 25;

it('every export of the module is called in these cases', () => {
  const called = new Set<string>();
  const work = Workspace.create(allCasesBytes);
  const { wasm } = work.kernels;
  const get = (_: typeof wasm, name: keyof typeof wasm) => {
    called.add(name);
    return wasm[name];
  };
  Object.defineProperty(work.kernels, 'wasm', { value: new Proxy(wasm, { get }) });
  for (const entry of abiCases) {
    const { arena, at } = placeOn(groundOf(work), entry);
    entry.call(arena, at, entry.counts);
  }
  // And those that are called before there is a region.
  const others = ['exponential', 'heapBase', 'logarithm', 'panelWidth'];
  expect(Object.keys(abi).filter((name) => !called.has(name) && !others.includes(name))).toEqual([]);
});

describe.each(kernelBuilds)('a memory of 4 GiB, %s build', (build) => {
  it('holds the same results wherever they are: beyond 2 GiB, across them, at its end', () => {
    const outcomes = (bytes: number, start: number): Map<string, string> => {
      const work = Workspace.create(bytes, build);
      work.bytes(start - work.kernels.heapBase);
      const results = abiCases.map((entry): [string, string] => {
        const { arena, at } = placeOn(groundOf(work), entry);
        entry.call(arena, at, entry.counts);
        const written = Object.entries(entry.regions).filter(([name]) => name !== 'scratch');
        const read = ([name, length]: [string, number]) =>
          Buffer.from(work.readBytes(at[name]!, length * elementBytes(entry, name))).toString('base64');
        return [entry.op, written.map(read).join()];
      });
      return new Map(results);
    };
    const size = allCasesBytes;
    const expected = outcomes(size, 4096);
    const whole = 2 ** 32 - 65536;
    for (const start of [2 ** 31 - size / 4, 2 ** 31, whole - size]) expect(outcomes(whole, start)).toEqual(expected);
  });
});

describe('the rest of the arguments', () => {
  it.each(abiRefusals)('%s', (what, call) => {
    const { arena, at } = place(abiCases[0]!);
    expectRefused(arena, 'KERNEL_ARGUMENT', () => call(arena, at.x!), what);
  });

  it('softmaxCrossEntropy refuses a label that is no class, and says which', () => {
    const crossEntropy = abiCases.find(({ op }) => op === 'softmaxCrossEntropy')!;
    const { arena, at } = place(crossEntropy);
    for (const label of [-1, 4]) {
      arena.k.i32[at.labels! / 4 + 1] = label;
      const call = () => crossEntropy.call(arena, at, { samples: 2, classes: 4 });
      expectRefused(arena, 'KERNEL_ARGUMENT', call, `label ${label}`);
      expect(call).toThrow(`label 1: expected an integer in [0, 3], got ${label}`);
    }
  });
});
