import { execArgv } from 'node:process';
import { describe, expect, it } from 'vitest';
import { abi } from './abi.ts';
import { Kernels } from './kernels.ts';
import { createMemory } from './memory.ts';
import { kernelBuilds, kernelBytes, kernelModule } from './module.ts';
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

it('the strict build has no relaxed SIMD, and the others have', () => {
  // Prefix 0xfd, then the opcode as LEB128: f32x4.relaxed_madd is 0x105, all relaxed ones are 0x100 to 0x12f.
  const relaxedMadds = (bytes: Uint8Array) => {
    const code = sections(bytes).find(({ id }) => id === 10)!.content;
    return code.filter((byte, i) => byte === 0xfd && code[i + 1] === 0x85 && code[i + 2] === 0x02).length;
  };
  const counts = kernelBuilds.map((build) => relaxedMadds(kernelBytes(build)));
  expect(counts[kernelBuilds.indexOf('strict')]).toBe(0);
  expect(counts[kernelBuilds.indexOf('default')]).toBeGreaterThanOrEqual(36); // 12 and 6 in each of two tiles
  expect(counts[kernelBuilds.indexOf('revectorised')]).toBeGreaterThanOrEqual(84);
});
