/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), four blocks at once: lane i has the
 * block whose counter begins with c0 + i. The same numbers as `Generator` in packages/core.
 */

/** Upper halves of the products of unsigned 32-bit lanes. */
// @ts-ignore: decorator
@inline
function multiplyHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}

/**
 * Writes 16 words to `out`: the four words of block c0, those of c0 + 1, of c0 + 2 and of c0 + 3. The key is k0, k1; all are
 * taken for unsigned.
 */
// @ts-ignore: decorator
@inline
export function philox4(out: usize, c0: i32, c1: i32, c2: i32, c3: i32, k0: i32, k1: i32): void {
  const m0 = i32x4.splat(0xd2511f53), m1 = i32x4.splat(0xcd9e8d57);
  let x0 = i32x4.add(i32x4.splat(c0), i32x4(0, 1, 2, 3)), x1 = i32x4.splat(c1), x2 = i32x4.splat(c2), x3 = i32x4.splat(c3);
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(m0, x0), low0 = i32x4.mul(m0, x0);
    const high1 = multiplyHigh(m1, x2), low1 = i32x4.mul(m1, x2);
    x0 = v128.xor(v128.xor(high1, x1), i32x4.splat(k0));
    x2 = v128.xor(v128.xor(high0, x3), i32x4.splat(k1));
    x1 = low1;
    x3 = low0;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  const a = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5), b = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7), d = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(a, b, 1, 3), 16);
  v128.store(out, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(out, v128.shuffle<i64>(c, d, 1, 3), 48);
  v128.store(out, v128.shuffle<i64>(c, d, 0, 2), 32);
}

/** Writes the words of 4·groups blocks, from counter 0, c1, c2, c3 on. */
export function philox(out: usize, groups: i32, c1: i32, c2: i32, c3: i32, k0: i32, k1: i32): void {
  for (let group = 0; group < groups; group++, out += 64) philox4(out, group << 2, c1, c2, c3, k0, k1);
}
