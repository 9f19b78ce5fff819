/** A code as strings of 0 and 1, with what they stand for, of 16 counts and the symbols; undefined where it is none. */
export function jpegCode(code: ArrayLike<number>): ReadonlyMap<string, number> | undefined {
  const symbols = new Map<string, number>();
  let next = 0;
  for (let bits = 1; bits <= 16; bits++, next *= 2) {
    for (let i = 0; i < code[bits - 1]!; i++, next++) {
      if (symbols.size === 256) return undefined;
      symbols.set(next.toString(2).padStart(bits, '0'), code[16 + symbols.size]!);
    }
    if (next >= 2 ** bits) return undefined;
  }
  return symbols;
}

/** The number that bits stand for: those that begin with 0 are negative. */
export const jpegExtended = (bits: string): number =>
  bits === '' ? 0 : Number.parseInt(bits, 2) - (bits[0] === '0' ? 2 ** bits.length - 1 : 0);

/** What each ten bits begin with: the bits that are taken, the run, the bits that are left, the value; 0 for a longer code. */
export function jpegHuffmanTable(code: ArrayLike<number>): number[] | undefined {
  const symbols = jpegCode(code);
  if (symbols === undefined) return undefined;
  return Array.from({ length: 1024 }, (_, i) => {
    const sequence = i.toString(2).padStart(10, '0');
    for (let bits = 1; bits <= 10; bits++) {
      const symbol = symbols.get(sequence.slice(0, bits));
      if (symbol === undefined) continue;
      const [run, size] = [symbol >> 4, symbol & 15];
      if (size === 0 || bits + size > 10) return bits | (run << 8) | (size << 12);
      return (bits + size) | (run << 8) | (jpegExtended(sequence.slice(bits, bits + size)) << 16);
    }
    return 0;
  });
}
