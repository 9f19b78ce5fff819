import { KernelError } from './errors.ts';
import { Kernels } from './kernels.ts';
import { Allocator, createMemory, slackBytes } from './memory.ts';
import { type KernelBuild, kernelModule } from './module.ts';

/**
 * Kernels with an allocator for all of their memory: the shortest way to use a kernel without the rest of Lockstep.
 *
 *     const work = Workspace.create(1 << 20);
 *     const x = work.put([1, -2, 3]);
 *     reluForward(work.kernels, x, x, 3);
 *     work.read(x, 3); // Float32Array [1, 0, 3]
 */
export class Workspace {
  readonly kernels: Kernels;
  #allocator: Allocator;

  /** @param kernels over the memory to use; all of it, but for the module's own data. */
  constructor(kernels: Kernels) {
    this.kernels = kernels;
    this.#allocator = new Allocator(kernels.heapBase);
  }

  /**
   * A workspace with a new memory.
   *
   * @param bytes the memory's size, at least; it never grows
   * @param build which kernels; `probeKernels()` tells the fastest of this machine
   * @throws KernelError `KERNEL_MEMORY`, `KERNEL_BUILD`
   */
  static create(bytes: number, build: KernelBuild = 'default'): Workspace {
    return new Workspace(new Kernels(kernelModule(build), createMemory(bytes)));
  }

  /** What lays out the memory, for functions that allocate for themselves. */
  get allocator(): Allocator {
    return this.#allocator;
  }

  /** Forgets all that was put here. */
  clear(): void {
    this.#allocator = new Allocator(this.kernels.heapBase);
  }

  /**
   * @returns the pointer to a new region of `count` float32, with whatever was there before
   * @throws KernelError `KERNEL_MEMORY` if the workspace is full
   */
  floats(count: number): number {
    return this.#within(this.#allocator.floats(count));
  }

  /**
   * @returns the pointer to a new region of `count` bytes, with whatever was there before
   * @throws KernelError `KERNEL_MEMORY` if the workspace is full
   */
  bytes(count: number): number {
    return this.#within(this.#allocator.bytes(count));
  }

  /**
   * @returns the pointer to a new region of `count` float64, with whatever was there before
   * @throws KernelError `KERNEL_MEMORY` if the workspace is full
   */
  doubles(count: number): number {
    return this.#within(this.#allocator.bytes(count * 8));
  }

  /** @returns the pointer to a copy of the values as float32 */
  put(values: ArrayLike<number>): number {
    const pointer = this.floats(values.length);
    this.kernels.f32.set(values, pointer / 4);
    return pointer;
  }

  /** @returns the pointer to a copy of the values as int32 */
  putIntegers(values: ArrayLike<number>): number {
    const pointer = this.floats(values.length);
    this.kernels.i32.set(values, pointer / 4);
    return pointer;
  }

  /** @returns the pointer to a copy of the values as float64 */
  putDoubles(values: ArrayLike<number>): number {
    const pointer = this.doubles(values.length);
    this.kernels.f64.set(values, pointer / 8);
    return pointer;
  }

  /** @returns the pointer to a copy of the bytes */
  putBytes(values: ArrayLike<number>): number {
    const pointer = this.bytes(values.length);
    this.kernels.u8.set(values, pointer);
    return pointer;
  }

  /** @returns a copy of `count` float32 */
  read(pointer: number, count: number): Float32Array<ArrayBuffer> {
    this.kernels.check('Workspace: read', pointer, count);
    return Float32Array.from(this.kernels.f32.subarray(pointer / 4, pointer / 4 + count));
  }

  /** @returns a copy of `count` int32 */
  readIntegers(pointer: number, count: number): Int32Array<ArrayBuffer> {
    this.kernels.check('Workspace: read', pointer, count);
    return Int32Array.from(this.kernels.i32.subarray(pointer / 4, pointer / 4 + count));
  }

  /** @returns a copy of `count` float64 */
  readDoubles(pointer: number, count: number): Float64Array<ArrayBuffer> {
    this.kernels.check('Workspace: read', pointer, count, 8);
    return Float64Array.from(this.kernels.f64.subarray(pointer / 8, pointer / 8 + count));
  }

  /** @returns a copy of `count` bytes */
  readBytes(pointer: number, count: number): Uint8Array<ArrayBuffer> {
    this.kernels.check('Workspace: read', pointer, count, 1);
    return Uint8Array.from(this.kernels.u8.subarray(pointer, pointer + count));
  }

  #within(pointer: number): number {
    const usable = this.kernels.memory.buffer.byteLength - slackBytes;
    if (this.#allocator.end <= usable) return pointer;
    throw new KernelError(
      'KERNEL_MEMORY',
      `the workspace has ${usable} bytes and ${this.#allocator.end} are asked for: make it larger, or clear() it`,
    );
  }
}
