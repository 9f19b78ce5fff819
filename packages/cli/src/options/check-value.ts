import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { Option } from './option.ts';
import { expectation } from './value-schema.ts';

/**
 * Checks a value by the schema of its option.
 *
 * @param where what the message begins with: the flag as typed, or file and key
 * @param shown what came, as the person wrote it
 * @throws UsageError in words of our own: zod's name neither the option nor what came
 */
export function checkValue(option: Option, schema: z.ZodObject, value: unknown, where: string, shown: string): void {
  const field = schema.shape[option.key] as z.ZodType;
  if (field.safeParse(value).success) return;
  throw new UsageError(`${where}: expected ${expectation(option.schema)}, got ${shown}`);
}
