import type { Kernels } from '../kernels.ts';
import type { Allocator } from '../memory.ts';
import { type KernelBuild, kernelBuilds } from '../module.ts';
import { Workspace } from '../workspace.ts';

/** What every byte is before a kernel runs: a NaN as float32 and as float64, so that nothing read by mistake goes unnoticed. */
const poison = 0x7ff8dead;
/** What is behind every region: negative and finite, so that no kernel leaves it as it is if it goes too far. */
const guard = 0xcb1d5eed | 0;
const guardBytes = 64;

interface Region {
  readonly pointer: number;
  readonly bytes: number;
  readonly kind: 'input' | 'output' | 'scratch';
}

/**
 * A memory for testing kernels: everything is poisoned, every region has a guard zone behind it, and a call may write to its
 * outputs and its scratch only, to each element of the outputs.
 */
export class Arena {
  readonly build: KernelBuild;
  readonly k: Kernels;
  readonly #work: Workspace;
  #regions: Region[] = [];

  constructor(build: KernelBuild, bytes: number) {
    this.build = build;
    this.#work = Workspace.create(bytes, build);
    this.k = this.#work.kernels;
    this.clear();
  }

  /** Forgets all regions and poisons the memory. */
  clear(): void {
    this.#work.clear();
    this.#regions = [];
    this.k.i32.fill(poison, Math.ceil(this.k.heapBase / 4));
  }

  put(values: ArrayLike<number>): number {
    return this.#add('input', this.#work.put(values), values.length * 4);
  }

  putIntegers(values: ArrayLike<number>): number {
    return this.#add('input', this.#work.putIntegers(values), values.length * 4);
  }

  putDoubles(values: ArrayLike<number>): number {
    return this.#add('input', this.#work.putDoubles(values), values.length * 8);
  }

  putBytes(values: ArrayLike<number>): number {
    return this.#add('input', this.#work.putBytes(values), values.length);
  }

  outputBytes(count: number): number {
    return this.#add('output', this.#work.bytes(count), count);
  }

  output(floats: number): number {
    return this.#add('output', this.#work.floats(floats), floats * 4);
  }

  outputDoubles(count: number): number {
    return this.#add('output', this.#work.doubles(count), count * 8);
  }

  /** An input that the call writes its output to. */
  inPlace(pointer: number): number {
    const index = this.#regions.findIndex((region) => region.pointer === pointer);
    this.#regions[index] = { ...this.#regions[index]!, kind: 'output' };
    return pointer;
  }

  scratch(bytes: number): number {
    return this.#add('scratch', this.#work.allocator.bytes(bytes), bytes);
  }

  /** Scratch that `allocate` lays out by itself. */
  layOut<T>(allocate: (allocator: Allocator) => T): T {
    const start = this.#work.floats(0);
    const result = allocate(this.#work.allocator);
    this.#add('scratch', start, this.#work.floats(0) - start);
    return result;
  }

  bytes(pointer: number, count: number): Uint8Array {
    return this.#work.readBytes(pointer, count);
  }

  floats(pointer: number, count: number): Float32Array {
    return this.#work.read(pointer, count);
  }

  integers(pointer: number, count: number): Int32Array {
    return this.#work.readIntegers(pointer, count);
  }

  doubles(pointer: number, count: number): Float64Array {
    return this.#work.readDoubles(pointer, count);
  }

  /** Runs a kernel and checks what it wrote: each element of the outputs, and not a byte beside them and the scratch. */
  run(call: () => void): void {
    const before = this.k.i32.slice();
    call();
    const after = this.k.i32;
    let from = 0;
    const writable = this.#regions.filter(({ kind }) => kind !== 'input');
    for (const { pointer, bytes } of [...writable, { pointer: after.byteLength, bytes: 0 }]) {
      this.#expectSame(before, after, from, pointer);
      from = pointer + bytes;
    }
    for (const { pointer, bytes, kind } of this.#regions) {
      if (kind !== 'output') continue;
      // Of the words that are whole: a byte alone may well be as poison is.
      const missed = after.subarray(pointer / 4, Math.floor((pointer + bytes) / 4)).indexOf(poison);
      if (missed >= 0) throw new Error(`${this.build}: word ${missed} of the output at ${pointer} was not written`);
    }
  }

  /** The bits of all outputs. */
  outputBits(): Int32Array {
    const outputs = this.#regions.filter(({ kind }) => kind === 'output');
    return Int32Array.from(outputs.flatMap(({ pointer, bytes }) => [...this.integers(pointer, Math.ceil(bytes / 4))]));
  }

  #add(kind: Region['kind'], pointer: number, bytes: number): number {
    this.#regions.push({ pointer, bytes, kind });
    const end = Math.ceil((pointer + bytes) / 4);
    this.k.i32.fill(guard, end, end + guardBytes / 4);
    this.#work.allocator.bytes(guardBytes);
    return pointer;
  }

  #expectSame(before: Int32Array, after: Int32Array, from: number, to: number): void {
    const bytes = (words: Int32Array) => new Uint8Array(words.buffer, from, Math.max(0, to - from));
    const [old, found] = [bytes(before), bytes(after)];
    if (Buffer.compare(old, found) === 0) return;
    const at = from + old.findIndex((byte, i) => byte !== found[i]);
    const region = this.#regions.findLast(({ pointer }) => pointer <= at);
    throw new Error(
      `${this.build}: the byte at ${at} was overwritten, ${at - (region?.pointer ?? 0)} bytes into the ` +
        `${region?.kind} of ${region?.bytes} bytes at ${region?.pointer}`,
    );
  }
}

const arenas = new Map<string, Arena>();

/** This process's arena of a build, cleared. */
export function arenaOf(build: KernelBuild, bytes = 2 ** 20): Arena {
  let arena = arenas.get(`${build} ${bytes}`);
  if (!arena) {
    arena = new Arena(build, bytes);
    arenas.set(`${build} ${bytes}`, arena);
  }
  arena.clear();
  return arena;
}

/**
 * Runs a test with each build, and checks that the default and the revectorised one leave the same bits in the outputs.
 *
 * @param bytes of the arena, which is compared as a whole after every run
 */
export function onEveryBuild(test: (arena: Arena) => void, bytes?: number): void {
  const bits = kernelBuilds.map((build) => {
    const arena = arenaOf(build, bytes);
    test(arena);
    return arena.outputBits();
  });
  const [plain, revectorised] = bits as [Int32Array, Int32Array];
  const at = plain.findIndex((word, i) => word !== revectorised[i]);
  if (plain.length !== revectorised.length || at >= 0) {
    throw new Error(
      `word ${at} of the outputs is ${hex(plain[at])} in the default build and ${hex(revectorised[at])} in the revectorised one`,
    );
  }
}

const hex = (word: number | undefined): string => ((word ?? 0) >>> 0).toString(16);
