import { jpegCode, jpegExtended } from './jpeg-huffman-table.ts';

/** Row and column of each coefficient, in the order of a file: along the diagonals, to and fro. */
export const jpegOrder: readonly number[] = Array.from({ length: 64 }, (_, at) => at).sort((a, b) => {
  const [diagonalA, diagonalB] = [(a >> 3) + (a & 7), (b >> 3) + (b & 7)];
  if (diagonalA !== diagonalB) return diagonalA - diagonalB;
  return diagonalA % 2 === 0 ? (a & 7) - (b & 7) : (a >> 3) - (b >> 3);
});

/** A block, and the place of its last coefficient that is not 0. */
interface Block {
  readonly values: readonly number[];
  readonly last: number;
}

/**
 * The blocks of a scan, unit by unit; undefined where a segment ends before its last unit, or goes on for a byte.
 *
 * @param segments as `jpegUnstuff` gives them
 * @param tables for each block of a unit: its component, and the codes for DC and for AC
 */
export function jpegCoefficients(
  segments: readonly (readonly number[])[],
  interval: number,
  total: number,
  tables: readonly { readonly component: number; readonly dc: ArrayLike<number>; readonly ac: ArrayLike<number> }[],
): readonly Block[] | undefined {
  const codes = tables.map(({ component, dc, ac }) => ({ component, dc: jpegCode(dc)!, ac: jpegCode(ac)! }));
  const blocks: Block[] = [];
  for (const [s, segment] of segments.entries()) {
    const bits = segment.map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const before = [0, 0, 0];
    let at = 0;
    const take = (count: number): string => {
      at += count;
      return bits.slice(at - count, at).padEnd(count, '0');
    };
    const symbolOf = (code: ReadonlyMap<string, number>): number | undefined => {
      let sequence = '';
      while (sequence.length < 16) {
        sequence += take(1);
        const symbol = code.get(sequence);
        if (symbol !== undefined) return symbol;
      }
      return undefined;
    };
    for (let unit = 0; unit < Math.min(interval, total - s * interval); unit++) {
      for (const { component, dc, ac } of codes) {
        const values = new Array<number>(64).fill(0);
        const size = symbolOf(dc);
        if (size === undefined) return undefined;
        values[0] = before[component]! += jpegExtended(take(size));
        let last = 0;
        for (let place = 1; place < 64; ) {
          const symbol = symbolOf(ac);
          if (symbol === undefined) return undefined;
          if (symbol === 0xf0) place += 16;
          else if ((symbol & 15) === 0) break;
          else {
            last = place + (symbol >> 4);
            place = last + 1;
            if (last < 64) values[jpegOrder[last]!] = jpegExtended(take(symbol & 15));
          }
          if (place > 64) return undefined;
        }
        blocks.push({ values, last });
      }
      if (at > bits.length) return undefined;
    }
    if (at <= bits.length - 8) return undefined;
  }
  return blocks;
}
