import { deltasAt, extended, limitsAt, lookUpBits, symbolsAt } from './jpeg-huffman-table';

/** Bytes of a table of `jpegHuffmanTable`, and of a block of coefficients. */
const tableBytes: usize = 4544;
const blockBytes: usize = 128;

// What is kept from row to row: the bits that have been loaded, how many they are, where the next are; the segment and how much of
// the picture is left in it; the DC coefficients before; and the order of the coefficients.
const bitsAt: usize = 8;
const pointerAt: usize = 12;
const segmentAt: usize = 16;
const leftAt: usize = 20;
const beforeAt: usize = 24;
const orderAt: usize = 48;

/** Where the coefficients are in their block, in the order of the file; those beyond the last, of a damaged one, go to the last. */
// @ts-ignore: decorator
@inline
function storeOrder(to: usize): void {
  v128.store(to, i8x16(0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5));
  v128.store(to, i8x16(12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28), 16);
  v128.store(to, i8x16(35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51), 32);
  v128.store(to, i8x16(58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63), 48);
  v128.store(to, i8x16.splat(63), 64);
}

/** The entry for a code of more bits than the look-up has; 0 where there is none. */
function longCode(table: usize, next: u32): i32 {
  for (let bits = lookUpBits + 1; bits <= 16; bits++) {
    const at = table + (<usize>bits << 2);
    if (<i32>next >= load<i32>(at, limitsAt)) continue;
    const place = <i32>(next >> (16 - bits)) + load<i32>(at, deltasAt);
    const symbol = <i32>load<u8>(table + <usize>(place & 255), symbolsAt);
    return bits | ((symbol >> 4) << 8) | ((symbol & 15) << 12);
  }
  return 0;
}

/**
 * Decodes a row of the units of a sequential JPEG scan (ITU-T T.81, F.2.2): of one component, or of three of which the first has
 * horizontal × vertical blocks in a unit and the others one.
 *
 * @param stream what `jpegUnstuff` wrote, with 2048 bytes behind it that may be read
 * @param segments [segmentCount][2], as `jpegUnstuff` gives them
 * @param interval units of a segment; the last has what is left of `total`
 * @param state zeros before the first row; then as the row before left it
 * @param tables [8] tables: four for DC, four for AC
 * @param selectors which of them a component takes: its DC table in bits 8i…8i + 3, its AC table in 8i + 4…8i + 7
 * @param x int16 [blocks][64], in natural order, the blocks of a component after those of another, each in rows
 * @param extents the place of the last coefficient of each block that is not 0, in the order of the file
 * @returns 1; 0 where the data is damaged, or does not end with its last unit
 */
export function jpegCoefficients(
  stream: usize, streamBytes: i32, segments: usize, segmentCount: i32, interval: i32, total: i32, state: usize,
  tables: usize, selectors: i32, components: i32, horizontal: i32, vertical: i32, units: i32, x: usize, extents: usize,
): i32 {
  const order = state + orderAt;
  storeOrder(order);
  const lumaBlocks = horizontal * vertical, blocks = lumaBlocks + components - 1;
  let buffer = load<u64>(state), bits = load<i32>(state, bitsAt), pointer = <usize>load<u32>(state, pointerAt);
  let segment = load<i32>(state, segmentAt), left = load<i32>(state, leftAt);
  let begin: usize = stream, size = 0;
  if (left > 0) {
    if (segment < 1 || segment > segmentCount) return 0;
    begin += <usize>load<u32>(segments + (<usize>(segment - 1) << 3));
    size = load<i32>(segments + (<usize>(segment - 1) << 3), 4);
    if (pointer < stream || pointer > stream + <usize>streamBytes + 64) return 0;
  }
  for (let unit = 0; unit < units; unit++) {
    if (left == 0) {
      if (segment >= segmentCount) return 0;
      const offset = load<i32>(segments + (<usize>segment << 3));
      size = load<i32>(segments + (<usize>segment << 3), 4);
      if (offset < 0 || size < 0 || offset > streamBytes - size) return 0;
      begin = stream + <usize>offset;
      pointer = begin;
      buffer = 0;
      bits = 0;
      left = min(interval, total - segment * interval);
      segment++;
      store<i64>(state, 0, beforeAt);
      store<i32>(state, 0, beforeAt + 8);
    }
    for (let b = 0; b < blocks; b++) {
      const component = b < lumaBlocks ? 0 : b - lumaBlocks + 1;
      let place: i32;
      if (component > 0) place = (lumaBlocks + component - 1) * units + unit;
      else {
        const row = b >= horizontal ? 1 : 0;
        place = (row * units + unit) * horizontal + b - row * horizontal;
      }
      const block = x + <usize>place * blockBytes;
      for (let i: usize = 0; i < blockBytes; i += 64) {
        v128.store(block + i, i64x2.splat(0));
        v128.store(block + i, i64x2.splat(0), 16);
        v128.store(block + i, i64x2.splat(0), 32);
        v128.store(block + i, i64x2.splat(0), 48);
      }
      const selector = selectors >> (component << 3);
      let table = tables + <usize>(selector & 3) * tableBytes;
      if (bits <= 32) {
        buffer |= <u64>load<u32>(pointer) << (32 - bits);
        pointer += 4;
        bits += 32;
      }
      let entry = load<i32>(table + (<usize>(buffer >>> (64 - lookUpBits)) << 2));
      if (entry == 0) entry = longCode(table, <u32>(buffer >>> 48));
      if (entry == 0) return 0;
      let taken = entry & 31, value = entry >> 16, rest = (entry >> 12) & 15;
      buffer <<= taken;
      bits -= taken;
      if (rest > 0) {
        value = extended(<i32>(buffer >>> (64 - rest)), rest);
        buffer <<= rest;
        bits -= rest;
      }
      const before = state + beforeAt + (<usize>component << 2);
      value += load<i32>(before);
      store<i32>(before, value);
      store<i16>(block, <i16>value);

      table = tables + <usize>(((selector >> 4) & 3) + 4) * tableBytes;
      let last = 0, at = 1;
      while (at < 64) {
        if (bits <= 32) {
          buffer |= <u64>load<u32>(pointer) << (32 - bits);
          pointer += 4;
          bits += 32;
        }
        entry = load<i32>(table + (<usize>(buffer >>> (64 - lookUpBits)) << 2));
        if (entry == 0) entry = longCode(table, <u32>(buffer >>> 48));
        taken = entry & 31;
        buffer <<= taken;
        bits -= taken;
        value = entry >> 16;
        if (value == 0) {
          rest = (entry >> 12) & 15;
          if (rest == 0) {
            if (((entry >> 8) & 15) == 15) {
              at += 16;
              continue;
            }
            if (entry == 0) return 0;
            break;
          }
          value = extended(<i32>(buffer >>> (64 - rest)), rest);
          buffer <<= rest;
          bits -= rest;
        }
        last = at + ((entry >> 8) & 15);
        store<i16>(block + (<usize>load<u8>(order + <usize>last) << 1), <i16>value);
        at = last + 1;
      }
      if (at > 64) return 0;
      store<u8>(extents + <usize>place, <u8>last);
    }
    const excess = (<i32>(pointer - begin) << 3) - bits - (size << 3);
    left--;
    if (excess > 0 || (left == 0 && excess <= -8)) return 0;
  }
  store<u64>(state, buffer);
  store<i32>(state, bits, bitsAt);
  store<u32>(state, <u32>pointer, pointerAt);
  store<i32>(state, segment, segmentAt);
  store<i32>(state, left, leftAt);
  return 1;
}
