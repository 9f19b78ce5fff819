import type { Context } from './commands/command.ts';
import { findCommand, showHelp } from './commands/help.ts';
import { commands } from './commands/index.ts';
import { UsageError } from './errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { suggestion } from './options/nearest.ts';
import { createLog } from './output/log.ts';
import { Output } from './output/output.ts';
import { Interruption } from './run/interruption.ts';
import { programName } from './run/program-name.ts';
import { version } from './run/version.ts';

/** Runs `lockstep` with some arguments, in this process: its standard streams and signals are used. @returns the exit code */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const has = (flag: string): boolean => argv.includes(flag);
  const output = new Output(process.stdout, has('--json'));
  // Also before an error that nobody expected, and when the process ends in the middle.
  process.on('exit', () => output.clearLive());
  const log = await createLog({ json: output.json, debug: has('--debug'), beforeWrite: () => output.clearLive() });
  const interruption = new Interruption({
    onStopping: (signal, underWay) => {
      if (signal !== 'SIGPIPE') log.info(`stopping after ${underWay}; once more stops at once`);
    },
    onEnd: (signal) => {
      if (signal !== 'SIGPIPE') output.event({ event: 'interrupted', signal });
    },
  });
  watchSignals(interruption);
  process.on('uncaughtException', (error) => {
    log.error(error);
    process.exit(exitCodes.failed);
  });
  try {
    return await dispatch(argv, { output, log, interruption, program: programName() });
  } catch (error) {
    log.error(error);
    return exitCodeOf(error);
  }
}

async function dispatch(argv: readonly string[], context: Context): Promise<number> {
  const at = argv.findIndex((argument) => !argument.startsWith('-'));
  const name = argv[at];
  const before = at === -1 ? argv : argv.slice(0, at);
  const stray = before.find((argument) => !['--json', '--debug', '--help', '-h', '--version'].includes(argument));
  if (stray !== undefined) throw strayOption(stray);
  if (before.includes('--version')) {
    context.output.line(version());
    context.output.event({ event: 'version', version: version() });
    return exitCodes.done;
  }
  // Before the other arguments are looked at: who asks for help may have one wrong.
  if (name === undefined || argv.includes('--help') || argv.includes('-h')) {
    showHelp(commands, at === -1 ? [] : argv.slice(at), context);
    return exitCodes.done;
  }
  const command = findCommand(commands, argv.slice(at));
  return await command.run([...before, ...argv.slice(at + command.name.split(' ').length)], context);
}

function strayOption(typed: string): UsageError {
  const hint = suggestion(typed, ['--json', '--debug', '--help', '--version']);
  return new UsageError(
    `expected a command, got the option ${typed}${hint || `: write it behind the command, as in "lockstep train ${typed} …"`}`,
  );
}

function watchSignals(interruption: Interruption): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.raise(signal));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read the output is gone (`| head`): there is nobody to tell anything.
    if (error.code !== 'EPIPE') throw error;
    interruption.raise('SIGPIPE');
  });
}
