/**
 * Works on items side by side, and gives what comes of them in their order.
 *
 * @param parallel how many are under way, or done and waiting for those before them, at most
 * @param signal no item is begun after it; those under way are finished
 * @throws what the work throws, after all that was begun has come to its end
 */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  parallel: number,
  work: (item: Item) => Promise<Result>,
  signal?: AbortSignal,
): AsyncGenerator<readonly [Item, Result]> {
  const underWay: { readonly item: Item; readonly result: Promise<Result> }[] = [];
  let next = 0;
  try {
    for (;;) {
      while (underWay.length < parallel && next < items.length && !signal?.aborted) {
        const item = items[next++]!;
        const result = work(item);
        // It is told when its turn comes.
        result.catch(() => {});
        underWay.push({ item, result });
      }
      const first = underWay.shift();
      if (first === undefined) return;
      yield [first.item, await first.result];
    }
  } finally {
    await Promise.allSettled(underWay.map(({ result }) => result));
  }
}
