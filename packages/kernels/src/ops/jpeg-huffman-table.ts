import type { Kernels } from '../kernels.ts';

/** Bytes of a code as a file has it: how many there are of 1 to 16 bits, and 256 symbols, of which as many count. */
export const jpegCodeBytes = 16 + 256;

/** Bytes of a table that {@link jpegHuffmanTable} makes. */
export const jpegTableBytes = 4544;

/**
 * Makes the table by which `jpegCoefficients` decodes a Huffman code (ITU-T T.81, annex C).
 *
 * @param code bytes [{@link jpegCodeBytes}]
 * @param table int32 [{@link jpegTableBytes} / 4]
 * @returns whether it is a code: prefix-free, at most 256 symbols, none of ones alone
 * @throws KernelError `KERNEL_POINTER`
 */
export function jpegHuffmanTable(k: Kernels, code: number, table: number): boolean {
  k.check('jpegHuffmanTable: code', code, jpegCodeBytes, 1);
  k.check('jpegHuffmanTable: table', table, jpegTableBytes / 4);
  return k.wasm.jpegHuffmanTable(code, table) === 1;
}
