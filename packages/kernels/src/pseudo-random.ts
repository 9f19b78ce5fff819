/**
 * `count` float32 in [−scale, scale), the same for the same seed: the upper 24 bits of a 32-bit linear congruential generator
 * (Numerical Recipes, §7.1). For checks, tests and examples; training has a counter-based generator of its own.
 */
export function pseudoRandom(count: number, seed: number, scale = 1): Float32Array<ArrayBuffer> {
  const values = new Float32Array(count);
  let state = Math.imul(seed + 1, 0x9e3779b1); // neighbouring seeds start far apart
  for (let i = 0; i < count; i++) {
    state = Math.imul(state, 1664525) + 1013904223;
    values[i] = ((state >>> 8) / 2 ** 23 - 1) * scale;
  }
  return values;
}
