import { KernelError } from '../errors.ts';

/**
 * Refuses a program for a stack that would leave it. Sums over shards are combined in the order of a binary tree, which is
 * written as one number a shard: after shard i is pushed, the two topmost entries are added `merges[i]` times. A program
 * that is a tree never takes from an empty stack and ends with one entry.
 *
 * @param maxDepth entries that the kernel has room for
 * @returns how many entries the stack has at the most after the additions behind a shard
 * @throws KernelError `KERNEL_ARGUMENT`
 */
export function checkMerges(op: string, merges: ArrayLike<number>, maxDepth = Number.POSITIVE_INFINITY): number {
  let depth = 0;
  let most = 0;
  for (let i = 0; i < merges.length; i++) {
    const count = merges[i]!;
    depth++;
    if (!Number.isInteger(count) || count < 0 || count >= depth || depth > maxDepth) {
      throw new KernelError(
        'KERNEL_ARGUMENT',
        `${op}: merges[${i}] is ${count} with ${depth} entries on the stack, expected an integer in [0, ${depth - 1}] and at most ${maxDepth} entries`,
      );
    }
    depth -= count;
    most = Math.max(most, depth);
  }
  if (depth > 1) {
    throw new KernelError(
      'KERNEL_ARGUMENT',
      `${op}: the merges of ${merges.length} shards leave ${depth} sums, expected one`,
    );
  }
  return most;
}
