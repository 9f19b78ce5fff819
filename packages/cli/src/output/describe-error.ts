import { CoreError } from '@lockstep/core';
import { DataError, TransformError } from '@lockstep/data';
import { KernelError } from '@lockstep/kernels';
import { ParallelError, TrainerError, WorkerError } from '@lockstep/trainer';
import { ZodError, z } from 'zod';
import { UsageError } from '../errors.ts';

const ownErrors = [UsageError, CoreError, DataError, TransformError, KernelError, TrainerError, ParallelError];

/** What went wrong, in one line. */
export function describeError(error: unknown): string {
  const message = oneLine(messageOf(error));
  if (error instanceof WorkerError) {
    // An error that the worker's code threw does not know where; one about the thread says so itself.
    return error.rank >= 0 && error.kind === 'throw' ? `worker ${error.rank}: ${message}` : message;
  }
  if (ownErrors.some((own) => error instanceof own)) return message;
  if (error instanceof ZodError) return oneLine(z.prettifyError(error));
  // The operating system's say what happened to which file.
  if (error instanceof Error && 'syscall' in error) return message;
  const name = error instanceof Error ? error.name : 'a value that is no Error was thrown';
  return `${name}: ${message} (this should not happen: please report it, with what --debug shows)`;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, ' ');
