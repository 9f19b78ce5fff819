/**
 * `count` float32 in offset ± scale, the same for the same seed: the upper 24 bits of a linear congruential generator
 * (Numerical Recipes, §7.1). As in goldens/make-goldens.py, bit for bit.
 */
export function pseudoRandom(count: number, seed: number, scale = 1, offset = 0): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  let state = Math.imul(seed + 1, 0x9e3779b1); // neighbouring seeds start far apart
  for (let i = 0; i < count; i++) {
    state = Math.imul(state, 1664525) + 1013904223;
    values[i] = ((state >>> 8) / 2 ** 23 - 1) * scale + offset;
  }
  return values;
}

/** 0 … count − 1 in an order that a seed determines. */
function shuffled(count: number, seed: number): number[] {
  const keys = pseudoRandom(count, seed);
  return Array.from(keys, (_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
}

/** Values that are `step` apart at least and nowhere near 0, in a scattered order: no maximum and no ReLU changes its mind. */
export function spacedValues(count: number, seed: number, step: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(shuffled(count, seed), (rank) => (rank - Math.floor(count / 2) + 0.5) * step);
}

/** The bits of float32 values, which tell 0 from −0 and compare NaNs. */
export const bitsOf = (values: Float32Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length);

/** The largest difference, relative to the largest of the expected values; NaN where one of them is. */
export function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) throw new Error(`${got.length} values, expected ${expected.length}`);
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(got[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return difference === 0 ? 0 : difference / scale;
}
