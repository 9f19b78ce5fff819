import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { TrainerError } from './errors.ts';
import { reasonOf } from './reason.ts';

/** What a file of plain data holds. */
export interface DataFile {
  /** Undefined of an empty file. */
  readonly value: unknown;
  /** The line in which a part of the value begins, from 1 on, by the keys and indices that lead to it. */
  lineOf(keys: readonly PropertyKey[]): number | undefined;
}

/**
 * Reads a file of plain data, in JSON or YAML by its ending.
 *
 * @param option what it was given with
 * @throws TrainerError `TRAINER_OPTIONS` that names the file, and the line
 */
export async function readDataFile(option: string, path: string): Promise<DataFile> {
  const refuse = (message: string, cause?: unknown) => new TrainerError('TRAINER_OPTIONS', message, { cause });
  const ending = extname(path).toLowerCase();
  if (!['.json', '.yaml', '.yml'].includes(ending)) {
    throw refuse(`${option}: expected a file that ends in .json, .yaml or .yml, got ${path}`);
  }
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw refuse(`${option}: ${path} cannot be read: ${reasonOf(cause)}`, cause);
  }
  const { isNode, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  try {
    // JSON by the strict rules of its own. What is JSON is YAML too, which knows the lines.
    const strict: unknown = ending === '.json' && text.trim() !== '' ? JSON.parse(text) : undefined;
    const document = parseDocument(text, { lineCounter: lines });
    if (ending !== '.json' && document.errors.length > 0) throw document.errors[0]!;
    return {
      value: ending === '.json' ? strict : text.trim() === '' ? undefined : (document.toJS() as unknown),
      lineOf: (keys) => {
        for (let length = keys.length; length > 0; length--) {
          const node = document.getIn(keys.slice(0, length), true);
          if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
        }
        return undefined;
      },
    };
  } catch (cause) {
    // The YAML parser draws the place below its message; the line and column in its first line suffice.
    const reason = reasonOf(cause).split('\n')[0]!.replace(/:$/, '');
    throw refuse(`${path} cannot be understood: ${reason}`, cause);
  }
}
