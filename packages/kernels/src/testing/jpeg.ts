import { jpegCode, jpegOrder } from '../reference/index.ts';

/** A code for sizes of DC coefficients, of three to five bits. */
export const dcCode = [0, 0, 4, 4, 7, ...new Array(11).fill(0), 3, 2, 1, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

/** A code for runs and sizes of AC coefficients, of 2 to 16 bits: the lengths of ITU-T T.81, table K.5. */
export const acCode = [
  ...[0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125],
  ...[
    0,
    ...Array.from({ length: 160 }, (_, i) => ((i % 16) << 4) | (1 + Math.floor(i / 16))).sort(
      (a, b) => (a >> 4) + 2 * (a & 15) - (b >> 4) - 2 * (b & 15) || a - b,
    ),
    0xf0,
  ],
];

/** The 256 symbols that a kernel wants, zeros behind those that there are. */
export const padded = (code: readonly number[]): number[] => [...code, ...new Array(272 - code.length).fill(0)];

const wordsOf = (code: readonly number[]) => new Map([...jpegCode(code)!].map(([word, symbol]) => [symbol, word]));
const [dcWords, acWords] = [wordsOf(dcCode), wordsOf(acCode)];

const sizeOf = (value: number): number => (value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1);

function bitsOf(value: number, size: number): string {
  return size === 0 ? '' : (value < 0 ? value + 2 ** size - 1 : value).toString(2).padStart(size, '0');
}

/** The bits of a block, in natural order, after another of which the first coefficient is known. */
function blockBits(values: readonly number[], before: number): string {
  const difference = values[0]! - before;
  let bits = dcWords.get(sizeOf(difference))! + bitsOf(difference, sizeOf(difference));
  let run = 0;
  for (const place of jpegOrder.slice(1)) {
    const value = values[place]!;
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) bits += acWords.get(0xf0)!;
    bits += acWords.get((run << 4) | sizeOf(value))! + bitsOf(value, sizeOf(value));
    run = 0;
  }
  return run > 0 ? bits + acWords.get(0)! : bits;
}

/**
 * The bytes of a scan: of blocks in the order of units, with restart markers between intervals and another marker at the end.
 *
 * @param components of each block of a unit
 */
export function encodeScan(
  blocks: readonly (readonly number[])[],
  components: readonly number[],
  interval: number,
): number[] {
  const bytes: number[] = [];
  const ofSegment = interval * components.length;
  for (let begin = 0; begin < blocks.length; begin += ofSegment) {
    if (begin > 0) bytes.push(0xff, 0xd0 + ((begin / ofSegment - 1) & 7));
    const before = [0, 0, 0];
    let bits = '';
    for (const [i, values] of blocks.slice(begin, begin + ofSegment).entries()) {
      const component = components[i % components.length]!;
      bits += blockBits(values, before[component]!);
      before[component] = values[0]!;
    }
    for (let at = 0; at < bits.length; at += 8) {
      const byte = Number.parseInt(bits.slice(at, at + 8).padEnd(8, '1'), 2);
      bytes.push(byte, ...(byte === 0xff ? [0] : []));
    }
  }
  return [...bytes, 0xff, 0xd9];
}
