// x, y, dy, dx [rows][channels].

interface Size {
  readonly channels: number;
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/** The indices of the channels in the window of element i, of the same row. */
function windowOf(i: number, { channels, size }: Size): number[] {
  const row = i - (i % channels);
  const first = (i % channels) - Math.floor(size / 2);
  return Array.from({ length: size }, (_, j) => first + j)
    .filter((c) => c >= 0 && c < channels)
    .map((c) => row + c);
}

/** d = k + alpha/size·Σ x² over the window */
const divisors = (x: ArrayLike<number>, size: Size): number[] =>
  Array.from(
    x,
    (_, i) => size.k + (size.alpha / size.size) * windowOf(i, size).reduce((sum, j) => sum + x[j]! ** 2, 0),
  );

/** y = x·d^−beta */
export function localResponseNormForward(x: ArrayLike<number>, size: Size): number[] {
  return divisors(x, size).map((d, i) => x[i]! * d ** -size.beta);
}

/** dx = dy·d^−beta − 2·alpha/size·beta·x·Σ dy·x·d^(−beta − 1), the sum over the elements whose windows have this one in them */
export function localResponseNormBackward(x: ArrayLike<number>, dy: ArrayLike<number>, size: Size): number[] {
  const d = divisors(x, size);
  const dx = d.map((divisor, i) => dy[i]! * divisor ** -size.beta);
  for (let j = 0; j < x.length; j++) {
    const term = dy[j]! * x[j]! * d[j]! ** (-size.beta - 1);
    for (const i of windowOf(j, size)) dx[i]! -= ((2 * size.alpha * size.beta) / size.size) * x[i]! * term;
  }
  return dx;
}
