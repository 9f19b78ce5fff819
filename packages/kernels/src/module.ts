import { KernelError } from './errors.ts';

/**
 * - `default`: 128-bit tiles of 6×8, the fastest without a flag.
 * - `revectorised`: tiles of 6×16 that V8 turns into 256-bit code under `--experimental-wasm-revectorize`; the same bits.
 * - `strict`: no relaxed SIMD, so that the bits are the same on every machine, with fused multiply-add or without.
 */
export const kernelBuilds = ['default', 'revectorised', 'strict'] as const;
export type KernelBuild = (typeof kernelBuilds)[number];

const modules = new Map<KernelBuild, WebAssembly.Module>();

// Not imported: a browser loads this file too, and has no such module.
const files = globalThis.process?.getBuiltinModule?.('node:fs');

function read(file: URL): Buffer<ArrayBuffer> {
  if (!files) {
    throw new KernelError(
      'KERNEL_BUILD',
      'there are no files in a browser: "await loadKernels()" before anything else',
    );
  }
  try {
    return files.readFileSync(file);
  } catch (cause) {
    throw new KernelError('KERNEL_BUILD', `there is no ${file.pathname}: run "pnpm build" first`, { cause });
  }
}

const wasmFile = (build: KernelBuild): URL => new URL(`../wasm/${build}.wasm`, import.meta.url);

/**
 * The bytes of a build.
 *
 * @throws KernelError `KERNEL_BUILD` if it has not been built.
 */
export const kernelBytes = (build: KernelBuild): Uint8Array<ArrayBuffer> => read(wasmFile(build));

/**
 * The SHA-256 of what all builds were compiled from: kernels of another digest may compute other bits.
 *
 * @throws KernelError `KERNEL_BUILD` if they have not been built.
 */
export const kernelsSha256 = (): string => read(new URL('../wasm/sources.sha256', import.meta.url)).toString('utf8');

/**
 * Makes a build available where there are no files to read: in a browser, once a thread, before anything else. After that
 * {@link kernelModule}, `Workspace.create` and the like have it. In Node.js it only does what they do by themselves.
 *
 * @param url of the build's `.wasm`, where a bundler has moved it; default: beside this package, at `wasm/`
 * @throws KernelError `KERNEL_BUILD` if there is none at the URL, or it is not understood
 */
export async function loadKernels(build: KernelBuild = 'default', url?: string | URL): Promise<WebAssembly.Module> {
  const loaded = modules.get(build);
  if (loaded) return loaded;
  if (files && url === undefined) return kernelModule(build);
  const from = url ?? wasmFile(build);
  try {
    const response = await fetch(from);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    // Not compileStreaming: many servers send .wasm with another type than it insists on.
    const module = await WebAssembly.compile(await response.arrayBuffer());
    modules.set(build, module);
    return module;
  } catch (cause) {
    throw new KernelError('KERNEL_BUILD', `could not load the ${build} kernels from ${from}: ${cause}`, { cause });
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
        `this engine (${globalThis.process?.version ?? navigator.userAgent}) cannot compile the ${build} kernels: they need WebAssembly SIMD, ` +
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
