import { describe, expect, it } from 'vitest';
import { createMemory, slackBytes } from './memory.ts';

describe('createMemory', () => {
  it('has the bytes and the slack, in whole pages, and refuses what WebAssembly cannot address', () => {
    expect(createMemory(1).buffer.byteLength).toBe(65536);
    expect(createMemory(65536 - slackBytes).buffer.byteLength).toBe(65536);
    expect(createMemory(65536 - slackBytes + 1).buffer.byteLength).toBe(131072);
    for (const bytes of [2 ** 32, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => createMemory(bytes)).toThrow(
        expect.objectContaining({ name: 'KernelError', code: 'KERNEL_MEMORY' }),
      );
    }
  });
});
