import { describe, expect, it } from 'vitest';
import { Kernels } from './kernels.ts';
import { createMemory } from './memory.ts';
import { kernelModule } from './module.ts';
import { arenaOf } from './testing/arena.ts';

describe('Kernels', () => {
  it('refuses a memory that is not shared', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    expect(() => new Kernels(kernelModule('default'), memory)).toThrow(
      expect.objectContaining({
        name: 'KernelError',
        code: 'KERNEL_ARGUMENT',
        message: expect.stringContaining('shared'),
      }),
    );
  });

  it.each([1.5, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a region of %d elements', (elements) => {
    const call = () => arenaOf('default').k.check('x', 4096, elements);
    expect(call).toThrow(
      expect.objectContaining({ code: 'KERNEL_POINTER', message: expect.stringMatching(/^x: expected/) }),
    );
  });

  it('refuses a module that is not this version of the kernels', () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    expect(() => new Kernels(empty, createMemory(1))).toThrow(
      expect.objectContaining({
        name: 'KernelError',
        code: 'KERNEL_BUILD',
        message: expect.stringContaining('pnpm build'),
      }),
    );
  });
});
