// @ts-ignore: decorator
@inline
function count(histogram: usize, value: u8): void {
  const at = histogram + (<usize>value << 2);
  store<i32>(at, load<i32>(at) + 1);
}

/**
 * counts[channel][value] = how many pixels have that value. `scratch` has room for three more such tables: neighbouring
 * pixels, which are often equal, are counted in different ones, since an increment of a count that was just stored waits for it.
 */
export function histogram(x: usize, pixels: i32, channels: i32, counts: usize, scratch: usize): void {
  const bytes = <usize>channels << 10;
  memory.fill(counts, 0, bytes);
  memory.fill(scratch, 0, 3 * bytes);
  const second = scratch, third = scratch + bytes, fourth = scratch + 2 * bytes;
  const pixel = <usize>channels;
  let rest = pixels;
  for (; rest >= 4; rest -= 4) {
    for (let channel: usize = 0; channel < pixel; channel++) {
      const table = channel << 10;
      const from = x + channel;
      count(counts + table, load<u8>(from));
      count(second + table, load<u8>(from + pixel));
      count(third + table, load<u8>(from + 2 * pixel));
      count(fourth + table, load<u8>(from + 3 * pixel));
    }
    x += 4 * pixel;
  }
  for (; rest > 0; rest--) {
    for (let channel: usize = 0; channel < pixel; channel++, x++) count(counts + (channel << 10), load<u8>(x));
  }
  for (let i: usize = 0; i < bytes; i += 16) {
    const sum = i32x4.add(v128.load(counts + i), v128.load(second + i));
    v128.store(counts + i, i32x4.add(sum, i32x4.add(v128.load(third + i), v128.load(fourth + i))));
  }
}
