import type { z } from 'zod';

/** A value as JSON Schema describes it: what the command line can tell of an option's type. */
export type ValueSchema = z.core.JSONSchema.JSONSchema;

/** What is expected of a value, in words: "an integer of at least 1, or auto". */
export function expectation(schema: ValueSchema): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.title) return schema.title;
  if (schema.enum) return oneOf(schema.enum.map(String));
  // Numbers before words: "an integer, or auto".
  if (schema.anyOf) return schema.anyOf.toReversed().map(expectation).join(', or ');
  switch (schema.type) {
    case 'integer':
      return `an integer${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list, ${elementWords(schema)}, with commas between`;
    default:
      return 'a text';
  }
}

/** Of options whose value is a path. */
const placeholders: Readonly<Record<string, string>> = {
  config: 'FILE',
  fromManifest: 'FILE',
  manifest: 'FILE',
  mixingSet: 'DIR',
  out: 'PATH',
  preview: 'FILE',
  resume: 'DIR',
  run: 'DIR',
  runDir: 'DIR',
  trace: 'FILE',
  weights: 'FILE',
};

/** What stands for a value in a usage line: N, X, NAME, `cosine|step|constant`. */
export function placeholder(key: string, schema: ValueSchema): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.title) return schema.title;
  if (schema.enum) return schema.enum.join('|');
  if (schema.anyOf) return schema.anyOf.toReversed().map((part) => placeholder(key, part)).join('|'); // biome-ignore format: one line
  switch (schema.type) {
    case 'integer':
      return 'N';
    case 'number':
      return 'X';
    case 'array':
      return 'N,N,…';
    default:
      return placeholders[key] ?? 'NAME';
  }
}

/** The value that a text stands for; one that is no number stays a text, and is then refused by its schema. */
export function readValue(schema: ValueSchema, text: string): unknown {
  const alternatives = schema.anyOf ?? [schema];
  const list = alternatives.find(({ type }) => type === 'array');
  if (list && (alternatives.length === 1 || text.includes(','))) {
    return text.split(',').map((part) => readValue(elementSchema(list), part.trim()));
  }
  const numeric = alternatives.some(({ type }) => type === 'integer' || type === 'number');
  return numeric && isDecimal(text) ? Number(text) : text;
}

/** `Number` would also take '', ' 1', '0x10' and 'Infinity', which nobody means. */
const isDecimal = (text: string): boolean => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);

function elementSchema(schema: ValueSchema): ValueSchema {
  return typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : {};
}

const elementWords = (schema: ValueSchema): string => `each ${expectation(elementSchema(schema))}`;

const oneOf = (names: readonly string[]): string =>
  names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

/** zod gives every integer the bounds that doubles have; they say nothing to a person. */
function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: ValueSchema): string {
  const parts = [
    typeof minimum === 'number' && minimum > -Number.MAX_SAFE_INTEGER && `of at least ${minimum}`,
    typeof exclusiveMinimum === 'number' && `above ${exclusiveMinimum}`,
    typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER && `of at most ${maximum}`,
    typeof exclusiveMaximum === 'number' && `below ${exclusiveMaximum}`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? ` ${parts.join(' and ')}` : '';
}
