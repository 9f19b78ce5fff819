/**
 * Takes the entropy-coded segments of a JPEG scan out of its bytes: without the zero that follows each 0xFF, each segment from a
 * multiple of 16 on, padded with zeros, with the four bytes of each word turned, so that one load brings the next 32 bits
 * (ITU-T T.81, B.1.1.5 and E.1.4).
 *
 * @param x `length` bytes, from the first after the header of the scan on
 * @param y room for length + 32·count bytes
 * @param segments int32 [count][2]: where in `y` a segment begins, and its bytes
 * @param count of the segments, each but the last with its restart marker
 * @returns where in `x` the marker is that ends the last segment; −1 where that is not what is there
 */
export function jpegUnstuff(x: usize, length: i32, y: usize, segments: usize, count: i32): i32 {
  const end = x + <usize>length;
  let from = x, to = y;
  for (let n = 0; n < count; n++, segments += 8) {
    const begin = to;
    let marker: u32 = 0;
    while (from + 1 < end) {
      if (from + 16 <= end) {
        const bytes = v128.load(from);
        v128.store(to, bytes); // what is too much of it is written again
        const places = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(-1)));
        const clean: usize = places == 0 ? 16 : <usize>ctz(places);
        from += clean;
        to += clean;
        if (places == 0 || from + 1 >= end) continue;
      } else if (load<u8>(from) != 0xff) {
        store<u8>(to++, load<u8>(from++));
        continue;
      }
      marker = load<u8>(from, 1);
      from += 2;
      if (marker != 0) break;
      store<u8>(to++, 0xff);
    }
    if (marker == 0 || marker == 0xff) return -1; // at the end, or fill bytes, which are seldom there
    const isRestart = marker >= 0xd0 && marker <= 0xd7;
    if (n + 1 < count ? marker != 0xd0 + (n & 7) : isRestart) return -1;
    store<i32>(segments, <i32>(begin - y));
    store<i32>(segments, <i32>(to - begin), 4);
    v128.store(to, i64x2.splat(0));
    to = y + ((to - y + 15) & ~15);
    for (let at = begin; at < to; at += 16) {
      const bytes = v128.load(at);
      v128.store(at, v128.shuffle<i8>(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
    }
  }
  return <i32>(from - 2 - x);
}
