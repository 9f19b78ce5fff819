import { expect } from 'vitest';
import { KernelError, type KernelErrorCode } from '../errors.ts';
import type { Arena } from './arena.ts';

/** What a refused call is expected to do: throw the error, and leave every byte of the memory as it is now. */
export function refusalsOf(arena: Arena): (code: KernelErrorCode | RegExp, call: () => void, what: string) => void {
  const bytes = (words: Int32Array) => new Uint8Array(words.buffer);
  const before = bytes(arena.k.i32.slice());
  return (code, call, what) => {
    let error: unknown;
    try {
      call();
    } catch (caught) {
      error = caught;
    }
    if (!(error instanceof KernelError)) throw new Error(`${what}: expected a KernelError, got ${error}`);
    expect(error.code, `${what}: ${error.message}`).toMatch(code);
    if (Buffer.compare(before, bytes(arena.k.i32)) !== 0) throw new Error(`${what}: bytes were written`);
  };
}

export function expectRefused(arena: Arena, code: KernelErrorCode | RegExp, call: () => void, what: string): void {
  refusalsOf(arena)(code, call, what);
}
