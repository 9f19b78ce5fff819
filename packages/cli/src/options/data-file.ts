import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { UsageError } from '../errors.ts';
import { messageOf } from '../output/describe-error.ts';

/** Whether a file's name says that {@link readDataFile} can read it. */
export const isDataFile = (path: string): boolean => parserOf(path) !== undefined;

/**
 * Reads a file of plain data, in JSON or YAML by its ending.
 *
 * @param flag what it was given with
 * @returns undefined of an empty file
 * @throws UsageError that names the file
 */
export async function readDataFile(flag: string, path: string): Promise<unknown> {
  const parse = parserOf(path);
  if (!parse) throw new UsageError(`${flag}: expected a file that ends in .json, .yaml or .yml, got ${path}`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${flag}: ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  try {
    return await parse(text);
  } catch (cause) {
    // The YAML parser draws the place below its message; the line and column in its first line suffice.
    const reason = messageOf(cause).split('\n')[0]!.replace(/:$/, '');
    throw new UsageError(`${path} cannot be understood: ${reason}`, { cause });
  }
}

const parserOf = (path: string): ((text: string) => unknown) | undefined =>
  ({ '.json': parseJson, '.yaml': parseYaml, '.yml': parseYaml })[extname(path).toLowerCase()];

const parseJson = (text: string): unknown => (text.trim() === '' ? undefined : JSON.parse(text));

async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml');
  return parse(text) as unknown;
}
