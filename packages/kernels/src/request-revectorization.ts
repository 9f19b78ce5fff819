import { KernelError } from './errors.ts';
import { compiledBuilds } from './module.ts';

const flag = '--experimental-wasm-revectorize';
// Not imported: a browser loads this file too, and has neither.
const { process } = globalThis;
const v8 = process?.getBuiltinModule?.('node:v8');
let requested = v8 !== undefined && process.execArgv.includes(flag);

/**
 * Asks V8 to turn pairs of 128-bit WebAssembly vectors into 256-bit AVX2 code, in this process and all of its threads: about
 * twice the speed with the `revectorised` build. Only x64 has it, and only Node.js can ask; elsewhere nothing is done.
 *
 * Call it first, before any WebAssembly is compiled: V8 keeps the code of bytes that it has seen, and code that was compiled
 * earlier stays as it is. The flag is experimental, and holds for the whole process: so the library never sets it by itself; a
 * program does, on its first line, or its user with `node --experimental-wasm-revectorize`. `probeKernels()` shows whether
 * it helps.
 *
 * @returns whether the flag is set
 * @throws KernelError `KERNEL_BUILD` if kernels have been compiled without it
 */
export function requestRevectorization(): boolean {
  if (requested) return true;
  if (!v8 || process.arch !== 'x64') return false;
  const compiled = compiledBuilds();
  if (compiled.length > 0) {
    throw new KernelError(
      'KERNEL_BUILD',
      `requestRevectorization: the ${compiled.join(' and ')} kernels have been compiled without it: call it before anything else`,
    );
  }
  v8.setFlagsFromString(flag);
  requested = true;
  return true;
}
