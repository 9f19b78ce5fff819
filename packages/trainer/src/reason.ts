import { z } from 'zod';

/** What is wrong, in one line. */
export const reasonOf = (cause: unknown): string => {
  if (cause instanceof z.ZodError) return z.prettifyError(cause).replaceAll('\n', ' ');
  return cause instanceof Error ? cause.message : String(cause);
};
