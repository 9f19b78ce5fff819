import type { Range } from '@lockstep/core';

/**
 * Cuts a vector into one range a worker, as even as whole chunks allow: each boundary is a multiple of `chunk`, so that
 * sums over chunks (norms) never straddle two workers, whatever their number. With fewer chunks than workers some ranges
 * are empty.
 *
 * @param floats Length of the vector.
 */
export function workerSlices(floats: number, workers: number, chunk = 4096): Range[] {
  const chunks = Math.ceil(floats / chunk);
  const boundary = (rank: number) => Math.min(floats, Math.floor((rank * chunks) / workers) * chunk);
  return Array.from({ length: workers }, (_, rank) => ({ begin: boundary(rank), end: boundary(rank + 1) }));
}
