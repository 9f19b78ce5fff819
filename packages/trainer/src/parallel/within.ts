/** Whether a promise settles within a time. Keeps the process alive meanwhile, and no longer. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, milliseconds, false);
  try {
    return await Promise.race([late, promise.then(() => true)]);
  } finally {
    clearTimeout(timer);
  }
}
