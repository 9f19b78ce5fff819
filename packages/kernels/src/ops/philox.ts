import { checkCounts, checkInteger, type Kernels } from '../kernels.ts';

/**
 * Random words: out[4·b … 4·b + 3] = Philox4x32-10 of the counter (b, …counter) and the key (Salmon et al., SC 2011). The same as
 * those of the `Generator` of @lockstep/core, of which `counter` is [layer, position, epoch] and `key` [seed, purpose].
 *
 * @param out uint32 [words]
 * @param words a multiple of 16
 * @throws KernelError `KERNEL_ARGUMENT`, `KERNEL_POINTER`
 */
export function philox(
  k: Kernels,
  out: number,
  words: number,
  counter: readonly [number, number, number],
  key: readonly [number, number],
): void {
  checkCounts('philox', { 'words / 16': words / 16 });
  for (const word of [...counter, ...key]) checkInteger('philox: a word of counter or key', word, 0, 0xffffffff);
  k.check('philox: out', out, words);
  k.wasm.philox(out, words / 16, ...counter, ...key);
}
