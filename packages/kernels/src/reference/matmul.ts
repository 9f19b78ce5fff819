// a [rows][depth], b [depth][columns], c [rows][columns].

/** c[i][j] = Σ a[i][k]·b[k][j] */
export function matmul(a: ArrayLike<number>, b: ArrayLike<number>, depth: number): number[] {
  const rows = a.length / depth;
  const columns = b.length / depth;
  const c: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += a[i * depth + k]! * b[k * columns + j]!;
      c.push(sum);
    }
  }
  return c;
}
