/** A tensor that lives from one time to another, both included. */
export interface Interval {
  readonly floats: number;
  readonly from: number;
  readonly to: number;
}

/** A cache line; a tensor begins on one. */
const alignment = 16;

/**
 * Gives each tensor a place in one arena such that no two that live at the same time overlap: the largest first, each at
 * the lowest place that is free for as long as it lives (greedy by size, Pisarchyk and Lee 2020).
 *
 * @returns the offset of each, in floats, and the floats of the whole arena.
 */
export function planArena(tensors: readonly Interval[]): { offsets: number[]; floats: number } {
  const offsets = new Array<number>(tensors.length).fill(0);
  const placed: { interval: Interval; begin: number; end: number }[] = [];
  const order = tensors
    .map((interval, index) => ({ interval, index }))
    .sort((a, b) => b.interval.floats - a.interval.floats || a.index - b.index);
  let total = 0;
  for (const { interval, index } of order) {
    const size = Math.ceil(interval.floats / alignment) * alignment;
    const taken = placed
      .filter((other) => other.interval.from <= interval.to && interval.from <= other.interval.to)
      .sort((a, b) => a.begin - b.begin);
    let begin = 0;
    for (const other of taken) {
      if (begin + size <= other.begin) break;
      begin = Math.max(begin, other.end);
    }
    offsets[index] = begin;
    placed.push({ interval, begin, end: begin + size });
    total = Math.max(total, begin + size);
  }
  return { offsets, floats: total };
}
