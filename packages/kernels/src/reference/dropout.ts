/**
 * Philox4x32-10 (Salmon et al., SC 2011): four words from a counter of four and a key of two, straight from the paper in
 * arbitrary precision.
 */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  const word = (value: bigint): bigint => value & 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, word(p1), (p0 >> 32n) ^ c3 ^ k1, word(p0)];
    [k0, k1] = [word(k0 + 0x9e3779b9n), word(k1 + 0xbb67ae85n)];
  }
  return [c0, c1, c2, c3].map(Number);
}

/** Where an image's random words come from; all in [0, 2³²). */
interface Stream {
  readonly seed: number;
  readonly purpose: number;
  readonly epoch: number;
  readonly position: number;
  readonly layer: number;
}

/** x [images][size] → x/(1 − p) where the element's word is at least p·2³², else 0; image n has the stream of position + n. */
export function dropout(x: ArrayLike<number>, size: number, at: Stream, p: number): number[] {
  return Array.from(x, (value, i) => {
    const index = i % size;
    const counter = [Math.floor(index / 4), at.layer, at.position + Math.floor(i / size), at.epoch];
    const word = philox(counter, [at.seed, at.purpose])[index % 4]!;
    return word >= Math.round(p * 2 ** 32) ? value / (1 - p) : 0;
  });
}
