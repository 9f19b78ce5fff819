import { readDataFile } from '@lockstep/trainer';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import { checkValue } from './check-value.ts';
import { suggestion } from './nearest.ts';
import { optionsOf } from './option.ts';

/**
 * Reads a configuration file: the options of a schema by their keys, in JSON or YAML.
 *
 * @returns what the file gives, checked; defaults are not filled in
 * @throws UsageError that names the file, and the key
 */
export async function readConfigFile(path: string, schema: z.ZodObject): Promise<Map<string, unknown>> {
  const { value } = await readDataFile('--config', path);
  if (value !== null && value !== undefined && (typeof value !== 'object' || Array.isArray(value))) {
    throw new UsageError(`${path}: expected options by name, such as "epochs: 3", got ${JSON.stringify(value)}`);
  }
  const given = new Map<string, unknown>(Object.entries(value ?? {}));
  const options = optionsOf(schema);
  for (const [key, value] of given) {
    const option = options.find((candidate) => candidate.key === key);
    if (!option) {
      const keys = options.map((candidate) => candidate.key);
      throw new UsageError(
        `${path}: there is no option "${key}"${suggestion(key, keys) || `; there are ${keys.join(', ')}`}`,
      );
    }
    checkValue(option, schema, value, `${path}: ${key}`, JSON.stringify(value) ?? String(value));
  }
  return given;
}
