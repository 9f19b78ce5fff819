import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { ImageDataset } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { fileError } from '../file-errors.ts';
import { classesOf } from './class-names.ts';
import { decodeAll } from './decode-all.ts';
import { realPathInside } from './inside.ts';
import type { DatasetFormat, LoadOptions } from './source.ts';
import { splitNamed, takeNamedSplit } from './take-split.ts';

/** What the columns may be called, in lower case. */
const columnNames = {
  path: ['path', 'file', 'filename', 'image'],
  label: ['label', 'class', 'category'],
  split: ['split', 'set'],
};

export const csvFormat: DatasetFormat = {
  description: 'a .csv file with the columns path and label, and split if there is one',
  recognises: (path, entries) => entries === undefined && /\.csv$/i.test(path),
  load: loadCsv,
};

/**
 * Loads the pictures that a CSV file (RFC 4180) lists: a first line with the names of the columns, then the path of a
 * picture, relative to the file's folder, the name of its class, and if there is such a column train, val or test.
 *
 * @throws DataError `DATA_FORMAT` for a line that is not like that, with its number; `DATA_UNSAFE` for a path that leads out
 *   of the file's folder; and as `decodeAll`
 */
async function loadCsv(file: string, options: LoadOptions): Promise<ImageDataset> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(file, error, 'check the path');
  });
  const [head, ...lines] = parseCsv(file, text);
  const columns = columnsOf(file, head?.fields ?? []);
  const rows = lines.map(({ fields, line }) => {
    const path = fields[columns.path] ?? '';
    const label = fields[columns.label] ?? '';
    const word = columns.split === -1 ? '' : (fields[columns.split] ?? '');
    const split = splitNamed(word);
    if (fields.length === head!.fields.length && path && label && (split || !word)) return { path, label, split };
    throw new DataError(
      'DATA_FORMAT',
      `${file}, line ${line}: expected ${head!.fields.join(', ')}, got ${JSON.stringify(fields.join(','))}`,
    );
  });
  if (rows.length === 0) throw new DataError('DATA_FORMAT', `${file}: expected a line for each picture, there is none`);
  const classes = classesOf(rows.map(({ label }) => label));
  const labels = new Map(classes.map((name, label) => [name, label]));
  const folder = dirname(resolve(file));
  const samples = rows.map(({ path, label, split }) => ({ path, label: labels.get(label)!, split }));
  const chosen = takeNamedSplit(file, samples, options);
  const realRoot = await realpath(folder);
  const pictures = [];
  for (const { path, label } of chosen) {
    const source = resolve(folder, path);
    const { target, inside } = await realPathInside(source, realRoot);
    if (!inside) {
      throw new DataError(
        'DATA_UNSAFE',
        `${file}: expected paths of pictures below ${folder}, got ${path}, which is ${target}; put the file above them`,
      );
    }
    pictures.push({ name: join(dirname(file), path), source, label });
  }
  return decodeAll(basename(file, extname(file)), classes, pictures, options);
}

function columnsOf(file: string, head: readonly string[]): Record<keyof typeof columnNames, number> {
  const names = head.map((name) => name.trim().toLowerCase());
  const find = (column: keyof typeof columnNames): number =>
    names.findIndex((name) => columnNames[column].includes(name));
  const columns = { path: find('path'), label: find('label'), split: find('split') };
  if (columns.path !== -1 && columns.label !== -1) return columns;
  throw new DataError(
    'DATA_FORMAT',
    `${file}: expected a first line that names the columns path and label, got ${JSON.stringify(head.join(','))}`,
  );
}

interface CsvRow {
  readonly fields: readonly string[];
  /** Number of its (first) line, from 1. */
  readonly line: number;
}

/** The rows of a CSV file; empty lines are none. @throws DataError `DATA_FORMAT` for a quote that never ends */
export function parseCsv(file: string, text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let line = 1;
  let begin = 1;
  // A field in quotes or without, and what ends it; a byte order mark is none of it.
  const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  field.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  while (field.lastIndex < text.length || fields.length > 0) {
    const match = field.exec(text);
    if (match === null)
      throw new DataError('DATA_FORMAT', `${file}, line ${line}: expected a quote to end before a comma`);
    const [whole, quoted, plain, end] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain!);
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    if (fields.length > 1 || fields[0] !== '') rows.push({ fields, line: begin });
    fields = [];
    begin = line;
  }
  return rows;
}
