import { readFileSync } from 'node:fs';
import { KernelError } from './errors.ts';

/**
 * - `default`: 128-bit tiles of 6×8, the fastest without a flag.
 * - `revectorised`: tiles of 6×16 that V8 turns into 256-bit code under `--experimental-wasm-revectorize`; the same bits.
 * - `strict`: no relaxed SIMD, so that the bits are the same on every machine, with fused multiply-add or without.
 */
export const kernelBuilds = ['default', 'revectorised', 'strict'] as const;
export type KernelBuild = (typeof kernelBuilds)[number];

const modules = new Map<KernelBuild, WebAssembly.Module>();

/**
 * The bytes of a build.
 *
 * @throws KernelError `KERNEL_BUILD` if it has not been built.
 */
export function kernelBytes(build: KernelBuild): Uint8Array<ArrayBuffer> {
  const file = new URL(`../wasm/${build}.wasm`, import.meta.url);
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new KernelError('KERNEL_BUILD', `no WebAssembly module at ${file.pathname}: run "pnpm build" first`, {
      cause,
    });
  }
}

/**
 * The SHA-256 of what all builds were compiled from: kernels of another digest may compute other bits.
 *
 * @throws KernelError `KERNEL_BUILD` if they have not been built.
 */
export function kernelsSha256(): string {
  const file = new URL('../wasm/sources.sha256', import.meta.url);
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new KernelError('KERNEL_BUILD', `there is no ${file.pathname}: run "pnpm build" first`, { cause });
  }
}

/**
 * The module of a build, compiled once a process. It posts to worker threads without being compiled again.
 *
 * Compiled by the synchronous constructor: asynchronous compilation may start before flags set at run time take effect.
 */
export function kernelModule(build: KernelBuild): WebAssembly.Module {
  let module = modules.get(build);
  if (!module) {
    try {
      module = new WebAssembly.Module(kernelBytes(build));
    } catch (cause) {
      if (cause instanceof KernelError) throw cause;
      throw new KernelError(
        'KERNEL_BUILD',
        `this Node.js (${process.version}) cannot compile the ${build} kernels: they need WebAssembly SIMD, ` +
          `${build === 'strict' ? '' : 'relaxed SIMD '}and threads, which Node.js 24 and later have`,
        { cause },
      );
    }
    modules.set(build, module);
  }
  return module;
}

/** The builds that this thread has compiled. */
export const compiledBuilds = (): KernelBuild[] => [...modules.keys()];
