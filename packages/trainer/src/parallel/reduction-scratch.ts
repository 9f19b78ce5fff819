import { reductionProgram } from './reduction-program.ts';

/** Floats in a block of a reduction. */
export const defaultBlockFloats = 8192;

/**
 * Bytes of scratch that a reduction needs in the worker that needs most: for memories that are laid out alike in all
 * workers.
 */
export function reductionScratchBytes(
  shards: number,
  workers: number,
  blockFloats = defaultBlockFloats,
  microBatches = 1,
): number {
  const slots = Array.from(
    { length: workers },
    (_, rank) => reductionProgram(shards, workers, rank, microBatches).slots,
  );
  return Math.max(...slots) * blockFloats * 4;
}
