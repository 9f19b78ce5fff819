import { inspect } from 'node:util';
import { colorsFor } from './colors.ts';
import { describeError } from './describe-error.ts';

/** Messages on standard error: plain lines for a person, and by pino JSON lines with `--json`. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  /** One line that says what went wrong; with `--debug`, its stack and causes. */
  error(error: unknown): void;
}

export interface LogOptions {
  readonly json: boolean;
  readonly debug: boolean;
  /** Called before a line is written: a live line has to go first. */
  readonly beforeWrite: () => void;
}

export const createLog = async (options: LogOptions): Promise<Log> =>
  options.json ? await jsonLog(options) : textLog(options);

function textLog({ debug, beforeWrite }: LogOptions): Log {
  const { stderr } = process;
  const colors = colorsFor(stderr);
  const write = (text: string): void => {
    beforeWrite();
    stderr.write(`${text}\n`);
  };
  return {
    info: (message) => write(message),
    warn: (message) => write(`${colors.yellow('warning:')} ${message}`),
    error(error) {
      write(`${colors.red('error:')} ${describeError(error)}`);
      if (debug) write(inspect(error, { depth: 6, colors: colors.isColorSupported }));
    },
  };
}

/** pino is only loaded where it is used, since a command that needs no log should start quickly. */
async function jsonLog({ debug }: LogOptions): Promise<Log> {
  const { pino } = await import('pino');
  const logger = pino(
    {
      base: null,
      formatters: { level: (level) => ({ level }) },
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    // At once: a line that is still in a buffer when the process ends is lost.
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (message) => logger.info(message),
    warn: (message) => logger.warn(message),
    error: (error) =>
      logger.error(debug ? { code: codeOf(error), err: error } : { code: codeOf(error) }, describeError(error)),
  };
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
