import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import { messageOf } from '../output/describe-error.ts';
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
  const given = await parseFile(path);
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

async function parseFile(path: string): Promise<Map<string, unknown>> {
  const parse = { '.json': parseJson, '.yaml': parseYaml, '.yml': parseYaml }[extname(path).toLowerCase()];
  if (!parse) throw new UsageError(`--config: expected a file that ends in .json, .yaml or .yml, got ${path}`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`--config: ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  let value: unknown;
  try {
    value = await parse(text);
  } catch (cause) {
    // The YAML parser draws the place below its message; the line and column in its first line suffice.
    const reason = messageOf(cause).split('\n')[0]!.replace(/:$/, '');
    throw new UsageError(`${path} cannot be understood: ${reason}`, { cause });
  }
  if (value === null || value === undefined) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new UsageError(`${path}: expected options by name, such as "epochs: 3", got ${JSON.stringify(value)}`);
  }
  return new Map(Object.entries(value));
}

const parseJson = (text: string): unknown => (text.trim() === '' ? undefined : JSON.parse(text));

async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  return parse(text) as unknown;
}
