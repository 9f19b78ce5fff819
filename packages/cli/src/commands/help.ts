import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { suggestion } from '../options/nearest.ts';
import { commandHelp, overview } from '../output/help-text.ts';
import { type Command, type Context, defineCommand } from './command.ts';

/** `lockstep help [COMMAND]`, for some commands and itself. */
export function helpCommand(others: readonly Command[]): Command {
  const help: Command = defineCommand({
    name: 'help',
    summary: 'this overview, or the help of a command',
    description: ['Lists the commands, or shows the help of one, as its --help does.'],
    positionals: { placeholder: '[COMMAND]', description: 'the command', least: 0, most: 2 },
    options: z.strictObject({}),
    examples: [{ does: 'all options of training', arguments: 'train' }],
    async run({ positionals }, context) {
      showHelp([...others, help], positionals, context);
      return exitCodes.done;
    },
  });
  return help;
}

/**
 * The command that some words begin with: one is enough for most, and some are two, as `bench step`.
 *
 * @throws UsageError with the nearest name
 */
export function findCommand(commands: readonly Command[], words: readonly string[]): Command {
  const [name = '', next = '-'] = words;
  const second = next.startsWith('-') ? undefined : next;
  const command = commands.find((candidate) => [name, `${name} ${second}`].includes(candidate.name));
  if (command) return command;
  const names = commands.map((candidate) => candidate.name);
  const seconds = names.filter((candidate) => candidate.startsWith(`${name} `)).map((candidate) => candidate.split(' ')[1]!); // biome-ignore format: one line
  if (seconds.length > 0) {
    throw new UsageError(`${name}: expected ${seconds.join(' or ')} behind it, got ${second ?? 'nothing'}`);
  }
  throw new UsageError(`there is no command "${name}"${suggestion(name, names) || `; there are ${names.join(', ')}`}`);
}

/**
 * The help of the command that some words begin with; without words the list of all, and for the first word of several that of those.
 *
 * @throws as {@link findCommand}
 */
export function showHelp(
  commands: readonly Command[],
  words: readonly string[],
  { output, program }: Pick<Context, 'output' | 'program'>,
): void {
  const width = Math.min(100, output.width);
  const [name, next = '-'] = words;
  const group = commands.filter((command) => name === undefined || command.name.startsWith(`${name} `));
  const command = group.length > 0 && next.startsWith('-') ? undefined : findCommand(commands, words);
  const text = command ? commandHelp(command, program, width) : overview(group, program, width);
  output.line(text);
  output.event({ event: 'help', command: command?.name ?? null, text });
}
