/** Bits that the first look-up of a code takes; a longer code is searched for. */
export const lookUpBits: i32 = 10;
/** Where in a table is what longer codes need: for each length its limit, left-aligned to 16 bits; then what leads from code to symbol; then the symbols. */
export const limitsAt: usize = 4096;
export const deltasAt: usize = 4176;
export const symbolsAt: usize = 4256;

/**
 * Makes the table of a Huffman code for {@link jpegCoefficients}. For each sequence of ten bits it says what they begin with
 * (int32): the bits to be taken (0…4), zeros before the coefficient (8…11), bits of the coefficient that are still to be taken
 * (12…15), and the coefficient (16…31), if all of it is within the ten bits; 0 where the code is longer.
 *
 * @param code 16 counts of codes of 1 to 16 bits, then 256 symbols (ITU-T T.81, B.2.4.2 and C)
 * @returns 1; 0 where the counts are not those of a prefix code without the code of ones alone
 */
export function jpegHuffmanTable(code: usize, table: usize): i32 {
  memory.fill(table, 0, limitsAt);
  memory.copy(table + symbolsAt, code + 16, 256);
  let next = 0, symbol = 0;
  for (let bits = 1; bits <= 16; bits++) {
    const count = <i32>load<u8>(code + <usize>(bits - 1));
    store<i32>(table + (<usize>bits << 2), symbol - next, deltasAt);
    for (let i = 0; i < count; i++, next++, symbol++) {
      if (symbol >= 256 || next + 1 >= 1 << bits) return 0;
      if (bits <= lookUpBits) enter(table, next, bits, load<u8>(code + <usize>symbol, 16));
    }
    store<i32>(table + (<usize>bits << 2), next << (16 - bits), limitsAt);
    next <<= 1;
  }
  return 1;
}

/** Writes what all sequences say that begin with a code. */
function enter(table: usize, code: i32, bits: i32, symbol: i32): void {
  const free = lookUpBits - bits;
  const run = symbol >> 4, size = symbol & 15;
  for (let rest = 0; rest < 1 << free; rest++) {
    let entry = bits | (run << 8) | (size << 12);
    if (size > 0 && size <= free) {
      const value = rest >> (free - size);
      entry = (bits + size) | (run << 8) | (extended(value, size) << 16);
    }
    store<i32>(table + (<usize>((code << free) | rest) << 2), entry);
  }
}

/** The number that `size` bits stand for: those that begin with 0 are negative (ITU-T T.81, F.2.2.1: EXTEND). */
// @ts-ignore: decorator
@inline
export function extended(value: i32, size: i32): i32 {
  return value - ((((value >> (size - 1)) ^ 1) & 1) * ((1 << size) - 1));
}
