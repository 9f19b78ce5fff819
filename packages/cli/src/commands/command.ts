import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { optionsOf } from '../options/option.ts';
import { parseArguments } from '../options/parse-arguments.ts';
import type { Log } from '../output/log.ts';
import type { Output } from '../output/output.ts';
import type { Interruption } from '../run/interruption.ts';

/** What a command works with besides its options. */
export interface Context {
  readonly output: Output;
  readonly log: Log;
  readonly interruption: Interruption;
  /** What a person types to run `lockstep`. */
  readonly program: string;
}

/** What comes in front of a command's options: data, files. */
interface Positionals {
  /** As the usage line has it: `[DATA]`, `FILE…`. */
  readonly placeholder: string;
  readonly description: string;
  readonly least: number;
  readonly most: number;
}

export interface CommandParts<S extends z.ZodObject> {
  /** What is typed: a word, or two as in `bench step`. */
  readonly name: string;
  /** For the list of commands. */
  readonly summary: string;
  /** For the command's own help; each a paragraph. */
  readonly description: readonly string[];
  readonly positionals?: Positionals;
  /** Flags, defaults, checks and help are made from it. */
  readonly options: S;
  /** Arguments that do something useful, and what. */
  readonly examples: readonly { readonly does: string; readonly arguments: string }[];
  /** @returns the exit code */
  run(input: CommandInput<S>, context: Context): Promise<number>;
}

interface CommandInput<S extends z.ZodObject> {
  /** What was typed, checked one by one; without defaults. */
  readonly given: Partial<z.input<S>>;
  readonly positionals: readonly string[];
}

/** A command whose options' types are its own affair. */
export type Command = Omit<CommandParts<z.ZodObject>, 'run'> & {
  /** @param argv without the command's name */
  run(argv: readonly string[], context: Context): Promise<number>;
};

/** Options of every command. */
export const globalOptions = z.strictObject({
  json: z.boolean().default(false).describe('standard output is one JSON object a line, and nothing else'),
  debug: z.boolean().default(false).describe('errors with their stacks and causes'),
  help: z.boolean().default(false).describe('this help'),
});

const globalKeys = new Set(Object.keys(globalOptions.shape));

export function defineCommand<S extends z.ZodObject>(parts: CommandParts<S>): Command {
  return {
    ...parts,
    async run(argv, context) {
      const { given, positionals } = parseArguments(argv, parts.options.extend(globalOptions.shape));
      checkPositionals(positionals, parts);
      const missing = optionsOf(parts.options).find(({ key, required }) => required && !given.has(key));
      if (missing) {
        throw new UsageError(
          `${parts.name}: ${missing.flag} ${missing.placeholder} is missing: expected the ${missing.description}`,
        );
      }
      const own = [...given].filter(([key]) => !globalKeys.has(key));
      return await parts.run({ given: Object.fromEntries(own) as Partial<z.input<S>>, positionals }, context);
    },
  };
}

function checkPositionals(got: readonly string[], { name, positionals }: Pick<Command, 'name' | 'positionals'>): void {
  const { least, most, placeholder } = positionals ?? { least: 0, most: 0, placeholder: 'no argument' };
  if (got.length < least) throw new UsageError(`${name}: expected ${placeholder}, got none`);
  if (got.length <= most) return;
  const expected = most === 0 ? placeholder : `at most ${most === 1 ? 'one' : most} ${placeholder}`;
  throw new UsageError(
    `${name}: expected ${expected}, got ${got.map((argument) => JSON.stringify(argument)).join(' ')}`,
  );
}
