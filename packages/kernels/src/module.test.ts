import { execArgv } from 'node:process';
import { describe, expect, it } from 'vitest';
import { abi } from './abi.ts';
import { Kernels } from './kernels.ts';
import { createMemory } from './memory.ts';
import { type KernelBuild, kernelBuilds, kernelBytes, kernelModule } from './module.ts';
import { reluForward } from './ops/relu.ts';

/** The sections of a WebAssembly module: https://webassembly.github.io/spec/core/binary/modules.html */
function sections(bytes: Uint8Array): { id: number; content: Uint8Array }[] {
  const found: { id: number; content: Uint8Array }[] = [];
  let at = 8;
  while (at < bytes.length) {
    const id = bytes[at++]!;
    const [length, start] = leb128(bytes, at);
    found.push({ id, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

function leb128(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

/**
 * How often each vector instruction (prefix 0xfd) occurs in a module: all functions are read instruction by instruction, so that no
 * byte of a constant or an address is taken for one. https://webassembly.github.io/spec/core/binary/instructions.html
 *
 * @throws Error for an instruction whose operands are not known here
 */
function simdInstructions(bytes: Uint8Array): Map<number, number> {
  const counts = new Map<number, number>();
  const code = sections(bytes).find(({ id }) => id === 10)!.content;
  let at = 0;
  const next = (): number => {
    const [value, end] = leb128(code, at);
    at = end;
    return value;
  };
  const skip = (numbers: number): void => {
    for (let i = 0; i < numbers; i++) next();
  };
  /** An alignment, whose bit 6 says that a memory's index follows, and an offset. */
  const skipPlace = (): void => skip(next() & 64 ? 2 : 1);

  for (let functions = next(); functions > 0; functions--) {
    const size = next();
    const end = at + size;
    for (let groups = next(); groups > 0; groups--) skip(2); // locals: how many, of which type
    while (at < end) {
      const opcode = code[at++]!;
      if (opcode === 0xfd) {
        const vector = next();
        counts.set(vector, (counts.get(vector) ?? 0) + 1);
        const ofLane = (vector >= 0x15 && vector <= 0x22) || (vector >= 0x54 && vector <= 0x5b);
        if (vector <= 0x0b || (vector >= 0x54 && vector <= 0x5d)) skipPlace();
        if (ofLane) at++;
        if (vector === 0x0c || vector === 0x0d) at += 16; // v128.const, i8x16.shuffle
      } else if (opcode === 0xfc) {
        const kind = next();
        if (kind === 10)
          skip(2); // memory.copy
        else if (kind === 11)
          skip(1); // memory.fill
        else if (kind > 7) throw new Error(`0xfc ${kind} at ${at}`);
      } else if (opcode >= 0x28 && opcode <= 0x3e) skipPlace();
      else if (opcode === 0x43) at += 4;
      else if (opcode === 0x44) at += 8;
      else if (opcode === 0x0e)
        skip(next() + 1); // br_table
      else if (
        [0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x3f, 0x40, 0x41, 0x42].includes(opcode)
      )
        skip(1);
      else if (![0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b].includes(opcode) && !(opcode >= 0x45 && opcode <= 0xc4))
        throw new Error(`0x${opcode.toString(16)} at ${at}`);
    }
    if (at !== end) throw new Error(`a function ends at ${end}, its last instruction at ${at}`);
  }
  return counts;
}

/** How many entries a section has; 0 if there is none. */
function entries(bytes: Uint8Array, id: number): number {
  const section = sections(bytes).find((candidate) => candidate.id === id);
  return section ? leb128(section.content, 0)[0] : 0;
}

const [startSection, globalSection, dataSection] = [8, 6, 11];

it('runs with the flags that make 256-bit code, without which these tests would not see it', () => {
  expect(execArgv).toEqual(expect.arrayContaining(['--experimental-wasm-revectorize', '--no-liftoff']));
});

describe.each(kernelBuilds)('the %s build', (build) => {
  it('has no globals, no data segments and no start function: instantiating it writes nothing', () => {
    const bytes = kernelBytes(build);
    expect(sections(bytes).length).toBeGreaterThan(3);
    expect([globalSection, dataSection, startSection].map((id) => entries(bytes, id))).toEqual([0, 0, 0]);
  });

  it('leaves all of the memory but its first KiB', () => {
    expect(new Kernels(kernelModule(build), createMemory(1)).heapBase).toBeLessThanOrEqual(1024);
  });

  it('imports a shared memory and nothing else', () => {
    expect(WebAssembly.Module.imports(kernelModule(build))).toEqual([
      { module: 'env', name: 'memory', kind: 'memory' },
    ]);
  });

  it('exports what the table says, no more and no less', () => {
    const functions = WebAssembly.Module.exports(kernelModule(build)).filter(({ kind }) => kind === 'function');
    expect(functions.map(({ name }) => name).sort()).toEqual(Object.keys(abi).sort());
  });

  it('changes not a byte of a memory in use when it is instantiated again', () => {
    const memory = createMemory(1);
    const first = new Kernels(kernelModule(build), memory);
    first.i32.forEach((_, i) => {
      first.i32[i] = Math.imul(i + 1, 0x9e3779b1);
    });
    const before = first.i32.slice();
    const second = new Kernels(kernelModule(build), memory);
    expect(Buffer.compare(new Uint8Array(before.buffer), new Uint8Array(memory.buffer))).toBe(0);
    // Both work on that memory, and neither knows of the other.
    first.f32.set([-1, 2], 1024);
    reluForward(second, 4096, 4096, 2);
    reluForward(first, 4096, 8192, 2);
    expect([...second.f32.subarray(2048, 2050)]).toEqual([0, 2]);
  });

  it('has panels of its width', () => {
    const { panelWidth } = new Kernels(kernelModule(build), createMemory(1));
    expect(panelWidth).toBe(build === 'revectorised' ? 16 : 8);
  });

  it('is compiled once', () => {
    expect(kernelModule(build)).toBe(kernelModule(build));
  });
});

describe('instructions', () => {
  const multiply = 0xe6; // f32x4.mul
  const relaxedMadd = 0x105;
  // Of these, the kernels of pictures have only uses in which they are the same as those that are not relaxed: i8x16.relaxed_swizzle
  // of places in 0..15 or −1, i32x4.relaxed_trunc_f32x4_s and i32x4.relaxed_trunc_f64x2_s_zero of numbers that fit,
  // i16x8.relaxed_q15mulr_s without −1·−1.
  const relaxedButTheSame = [0x100, 0x101, 0x103, 0x111];
  const simdOf = (build: KernelBuild) => simdInstructions(kernelBytes(build));
  const isRelaxed = (opcode: number) => opcode >= 0x100;

  it('the strict build has no relaxed SIMD', () => {
    const counts = simdOf('strict');
    expect([...counts.keys()].filter(isRelaxed)).toEqual([]);
    expect(counts.get(multiply)).toBeGreaterThan(100);
  });

  it.each(['default', 'revectorised'] as const)(
    'the %s build has fused multiply-add, what makes no difference, and nothing else of it',
    (build) => {
      const counts = simdOf(build);
      expect([...counts.keys()].filter(isRelaxed).sort()).toEqual([...relaxedButTheSame, relaxedMadd].sort());
      // 12 and 6 in each of two tiles; pairs of vectors in the revectorised one.
      expect(counts.get(relaxedMadd)).toBeGreaterThanOrEqual(build === 'default' ? 36 : 84);
    },
  );
});
