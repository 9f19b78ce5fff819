import { type Command, globalOptions } from '../commands/command.ts';
import { canBeTurnedOff, negativeFlag, type Option, optionsOf } from '../options/option.ts';
import { wrap } from './wrap.ts';

/** A line of help: what is typed, and what it does. */
type Entry = readonly [typed: string, does: string];

/** What `lockstep --help` shows. */
export function overview(commands: readonly Command[], program: string, width: number): string {
  return [
    'Trains convolutional networks on all cores, with the same bits for any number of workers.',
    '',
    `Usage: ${program} COMMAND [options]`,
    '',
    'Commands:',
    ...entries(
      commands.map(({ name, summary }): Entry => [name, summary]),
      width,
    ),
    '',
    'Options of every command:',
    ...entries([...optionsOf(globalOptions).map(optionEntry), ['--version', 'the version of lockstep']], width),
    '',
    'Exit codes: 0 done; 1 failed; 2 wrong usage; 130 interrupted by Ctrl-C.',
    '',
    'Example:',
    `  ${program} train --epochs 1 --limit-train 5000`,
    `  ${program} help train`,
  ].join('\n');
}

/** What `lockstep COMMAND --help` shows. */
export function commandHelp(command: Command, program: string, width: number): string {
  const { name, description, positionals, options, examples } = command;
  const own = optionsOf(options);
  const required = own.filter((option) => option.required).map((option) => ` ${option.flag} ${option.placeholder}`);
  const optional = own.length > required.length ? ' [options]' : '';
  const paragraphs = description.flatMap((paragraph) => [...wrap(paragraph, width), '']);
  return [
    `Usage: ${program} ${name}${required.join('')}${positionals ? ` ${positionals.placeholder}` : ''}${optional}`,
    '',
    ...paragraphs,
    ...(positionals ? [...entries([[positionals.placeholder, positionals.description]], width), ''] : []),
    ...(own.length > 0 ? ['Options:', ...entries(own.map(optionEntry), width), ''] : []),
    'Options of every command:',
    ...entries(optionsOf(globalOptions).map(optionEntry), width),
    '',
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...examples.flatMap((example) => [`  # ${example.does}`, `  ${program} ${name} ${example.arguments}`.trimEnd()]),
  ].join('\n');
}

function optionEntry(option: Option): Entry {
  const typed = canBeTurnedOff(option)
    ? `${option.flag}, ${negativeFlag(option)}`
    : [option.flag, option.bare === undefined ? option.placeholder : `[${option.placeholder}]`]
        .filter(Boolean)
        .join(' ');
  const standard = option.default === undefined ? '' : ` (default: ${option.default})`;
  return [option.key === 'help' ? '-h, --help' : typed, `${option.description}${standard}`];
}

/** The widest column of what is typed; what is longer has a line of its own. */
const widestTyped = 28;

function entries(list: readonly Entry[], width: number): string[] {
  const column = Math.min(widestTyped, Math.max(...list.map(([typed]) => typed.length)));
  const indent = ' '.repeat(column + 4);
  return list.flatMap(([typed, does]) => {
    const lines = wrap(does, Math.max(20, width - indent.length)).map((line) => indent + line);
    if (typed.length > column) return [`  ${typed}`, ...lines];
    return [`  ${typed.padEnd(column)}  ${lines[0]!.trimStart()}`, ...lines.slice(1)];
  });
}
