import { KernelError } from './errors.ts';

const pageBytes = 65536;
const maxPages = 65536;

/** The next multiple of 4: what a region needs that is summed or updated in whole vectors. */
export const roundToVector = (length: number): number => (length + 3) & ~3;

/** Bytes that stay free at the end of a memory: kernels load whole vectors, up to 16 lanes past a tensor's end. */
export const slackBytes = 256;

/**
 * A shared memory of at least `bytes` bytes. It never grows.
 *
 * @throws KernelError `KERNEL_MEMORY` if that is more than WebAssembly can address, or more than the system gives; in a
 *   browser also on a page that is not cross-origin isolated.
 */
export function createMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil((bytes + slackBytes) / pageBytes);
  if (!(pages <= maxPages)) {
    throw new KernelError(
      'KERNEL_MEMORY',
      `a replica would need ${(bytes / 2 ** 30).toFixed(2)} GiB, and WebAssembly can address 4 GiB: use a smaller batch, more workers or a smaller model`,
    );
  }
  if (typeof SharedArrayBuffer === 'undefined') {
    throw new KernelError(
      'KERNEL_MEMORY',
      'this page may not share memory: a browser allows it to cross-origin isolated pages, served with ' +
        '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp"',
    );
  }
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new KernelError(
      'KERNEL_MEMORY',
      `could not reserve ${(bytes / 2 ** 20).toFixed(0)} MiB of shared WebAssembly memory, for which V8 also reserves 8 GiB of address space: ` +
        'check "ulimit -v" and the free memory, or use fewer workers',
      { cause },
    );
  }
}

/**
 * Hands out regions of a memory one after the other, each aligned to 64 bytes, and never takes one back: what lives for
 * a run is laid out once. It needs no memory to exist yet, so that the size can be known first.
 */
export class Allocator {
  #next: number;

  /** @param start first free byte, such as the module's heap base. */
  constructor(start: number) {
    this.#next = start;
  }

  /** Bytes handed out so far, from the memory's beginning: the size that the memory needs. */
  get end(): number {
    return this.#next;
  }

  /** @returns the pointer to a new region of `bytes` bytes. */
  bytes(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw new KernelError('KERNEL_ARGUMENT', `Allocator: expected a whole number of bytes, got ${bytes}`);
    }
    const pointer = Math.ceil(this.#next / 64) * 64;
    this.#next = pointer + bytes;
    return pointer;
  }

  /** @returns the pointer to a new region of `count` float32 or int32. */
  floats(count: number): number {
    return this.bytes(count * 4);
  }
}
