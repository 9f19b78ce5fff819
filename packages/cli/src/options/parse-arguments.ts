import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { UsageError } from '../errors.ts';
import { checkValue } from './check-value.ts';
import { suggestion } from './nearest.ts';
import { canBeTurnedOff, negativeFlag, type Option, optionsOf } from './option.ts';
import { expectation, readValue } from './value-schema.ts';

export interface ParsedArguments {
  /** What was typed, by key; nothing else, so that a configuration file can come between it and the defaults. */
  readonly given: ReadonlyMap<string, unknown>;
  readonly positionals: readonly string[];
}

/**
 * Reads the arguments of a command, and checks each value by its schema.
 *
 * `parseArgs` only takes the arguments apart. Its strict mode is off since its messages name an option without what was
 * expected of it, and take `--lr -1` for an ambiguity; nothing that it would refuse is let through here.
 *
 * A list may be given in parts.
 *
 * @throws UsageError that names the option: unknown, given twice, without a value, with a wrong one
 */
export function parseArguments(argv: readonly string[], schema: z.ZodObject): ParsedArguments {
  const options = optionsOf(schema);
  const { tokens } = parseArgs({
    args: withBareValues(argv, options),
    options: Object.fromEntries(options.flatMap(parserEntries)),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const given = new Map<string, unknown>();
  const shownBefore = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { option, value, shown } = optionValue(token, options, schema);
    const before = shownBefore.get(option.key);
    const list = given.get(option.key);
    if (Array.isArray(list) && Array.isArray(value) && option.schema.type === 'array') {
      given.set(option.key, [...(list as unknown[]), ...(value as unknown[])]);
      continue;
    }
    if (before !== undefined && before !== shown) {
      throw new UsageError(`${option.flag}: expected it once, got it twice: ${before} and ${shown}`);
    }
    shownBefore.set(option.key, shown);
    given.set(option.key, value);
  }
  return { given, positionals };
}

/** Gives the flags that need no value, and have none, the one they stand for: `parseArgs` would take the next argument for it. */
const withBareValues = (argv: readonly string[], options: readonly Option[]): string[] =>
  argv.map((argument, i) => {
    const bare = options.find(({ flag }) => flag === argument)?.bare;
    const next = argv[i + 1];
    if (argv.lastIndexOf('--', i) >= 0) return argument; // no flag any more
    return bare !== undefined && (next === undefined || next.startsWith('-')) ? `${argument}=${bare}` : argument;
  });

type ParserEntry = [name: string, { readonly type: 'boolean' | 'string'; readonly short?: string }];

/** How `parseArgs` is to read an option: its name without dashes, and whether a value follows. */
function parserEntries(option: Option): ParserEntry[] {
  const name = option.flag.slice(2);
  if (option.placeholder !== undefined) return [[name, { type: 'string' }]];
  const names = canBeTurnedOff(option) ? [name, negativeFlag(option).slice(2)] : [name];
  return names.map((spelling) => [spelling, { type: 'boolean', ...(spelling === 'help' ? { short: 'h' } : {}) }]);
}

interface OptionToken {
  /** Without dashes. */
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  /** Whether it was written `--name=value`. */
  readonly inlineValue?: boolean | undefined;
}

function optionValue(
  { name, rawName, value, inlineValue }: OptionToken,
  options: readonly Option[],
  schema: z.ZodObject,
): { option: Option; value: unknown; shown: string } {
  const option = options.find((candidate) => candidate.flag === `--${name}`);
  if (option && option.placeholder !== undefined) {
    // What begins with a dash is the next option, unless it is a negative number, which the schema then speaks about.
    if (value === undefined || (!inlineValue && /^-\D/.test(value) && !/^-\./.test(value))) {
      throw new UsageError(`${rawName}: expected ${expectation(option.schema)}, got ${value ?? 'nothing'}`);
    }
    const read = readValue(option.schema, value);
    checkValue(option, schema, read, rawName, JSON.stringify(value));
    return { option, value: read, shown: value };
  }
  const switched =
    option ?? options.find((candidate) => canBeTurnedOff(candidate) && negativeFlag(candidate) === `--${name}`);
  if (!switched) throw unknownOption(rawName, options);
  if (value !== undefined) throw new UsageError(`${rawName}: expected no value, got ${JSON.stringify(value)}`);
  return { option: switched, value: switched === option, shown: rawName };
}

function unknownOption(typed: string, options: readonly Option[]): UsageError {
  const flags = options.flatMap((option) =>
    canBeTurnedOff(option) ? [option.flag, negativeFlag(option)] : option.flag,
  );
  return new UsageError(
    `there is no option ${typed}${suggestion(typed, flags) || '; --help lists those that there are'}`,
  );
}
