/**
 * A row of chroma at the full size of the picture, as libjpeg's "fancy" upsampling makes it (jdsample.c): each pixel is three parts
 * of the nearest sample and one of the next but one, in each direction in which the plane is halved.
 *
 * @param plane bytes [height][stride], of which `width` count
 * @param row of the picture
 * @param left first column of the picture that is wanted
 * @param columns how many
 * @param fancy 0 for the nearest sample alone
 * @param scratch 4·width + columns + 192 bytes
 * @returns where column `left` is: in `scratch`, or in the plane where nothing is halved
 */
export function chromaRow(
  plane: usize, stride: usize, width: i32, height: i32, horizontal: i32, vertical: i32, fancy: i32, row: i32, left: i32,
  columns: i32, scratch: usize,
): usize {
  if (horizontal == 1 && vertical == 1) return plane + <usize>row * stride + <usize>left;
  const near = vertical == 2 ? row >> 1 : row;
  let other = near;
  if (vertical == 2 && fancy) other = row & 1 ? min(near + 1, height - 1) : max(near - 1, 0);
  const a = plane + <usize>near * stride, b = plane + <usize>other * stride;
  if (horizontal == 1) {
    const bias = i16x8.splat(row & 1 ? 2 : 1);
    for (let i: usize = 0; i < <usize>columns; i += 8) {
      const x = weighted(a + <usize>left + i, b + <usize>left + i);
      const mean = i16x8.shr_u(i16x8.add(x, bias), 2);
      v128.store64_lane(scratch + i, i8x16.narrow_i16x8_u(mean, mean), 0);
    }
    return scratch;
  }
  const begin = max(0, (left >> 1) - 1) & ~7, end = ((left + columns - 1) >> 1) + 1;
  const sums = scratch + 16, out = scratch + ((2 * <usize>width + 63) & ~15);
  for (let i = <usize>begin; i < <usize>min(end + 1, width); i += 8) v128.store(sums + 2 * i, weighted(a + i, b + i));
  // Beyond the edges it goes on as it is there.
  if (begin == 0) store<i16>(sums - 2, load<i16>(sums));
  if (end >= width) store<i16>(sums + 2 * <usize>width, load<i16>(sums + 2 * <usize>width - 2));
  const step: usize = fancy ? 2 : 0;
  const even = i16x8.splat(vertical == 2 ? 8 : 4), odd = i16x8.splat(vertical == 2 ? 7 : 8);
  for (let i = <usize>begin; i < <usize>end; i += 8) {
    const at = sums + 2 * i, x = v128.load(at), three = i16x8.add(x, i16x8.add(x, x));
    const evens = i16x8.shr_u(i16x8.add(i16x8.add(three, v128.load(at - step)), even), 4);
    const odds = i16x8.shr_u(i16x8.add(i16x8.add(three, v128.load(at + step)), odd), 4);
    v128.store(out + 2 * i, v128.or(evens, i16x8.shl(odds, 8)));
  }
  return out + <usize>left;
}

/** 3 a + b of eight bytes each. */
// @ts-ignore: decorator
@inline
function weighted(a: usize, b: usize): v128 {
  const x = v128.load8x8_u(a), other = v128.load8x8_u(b);
  return i16x8.add(i16x8.add(x, i16x8.add(x, x)), other);
}
