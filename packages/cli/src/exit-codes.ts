import { CoreError, type CoreErrorCode } from '@lockstep/core';
import { DataError, type DataErrorCode, TransformError, type TransformErrorCode } from '@lockstep/data';
import { TrainerError, type TrainerErrorCode } from '@lockstep/trainer';
import { UsageError } from './errors.ts';

/** What `lockstep` exits with: a contract with scripts. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  /** As shells have it, 128 and the number of the signal. */
  signals: { SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 },
} as const;

/**
 * What can only come of an option, and is mended by giving another one. All else is a failure: also a file or folder that
 * is not there, since it may have been a moment ago.
 */
const usageCodes: ReadonlySet<string> = new Set([
  'MODEL_UNKNOWN',
  'MODEL_OPTIONS',
  'BATCH_INVALID',
  'DATA_UNKNOWN',
  'DATA_LIMIT',
  'TRANSFORM_UNKNOWN',
  'TRAINER_OPTIONS',
] satisfies (CoreErrorCode | DataErrorCode | TransformErrorCode | TrainerErrorCode)[]);

/**
 * The exit code for an error. An error of a worker is a failure, whatever its code: what an option can bring about is found
 * before there is a worker.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage;
  const known = [CoreError, DataError, TransformError, TrainerError].some((known) => error instanceof known);
  return known && usageCodes.has((error as { readonly code: string }).code) ? exitCodes.usage : exitCodes.failed;
}
