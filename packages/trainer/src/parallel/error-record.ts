import { inspect } from 'node:util';

/**
 * An error as plain data. What is thrown through a thread's message port loses its class, and with it name and code; a
 * record keeps them.
 */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: ErrorCause;
}

/** A cause is an error, or else any value, as text where it would not survive being posted. */
export type ErrorCause = { readonly error: ErrorRecord } | { readonly value: string | number | boolean | null };

/** A chain of causes is followed this far, so that a cycle ends. */
const maxCauses = 8;

/** Whatever was thrown, as plain data that can be posted to another thread. */
export function toErrorRecord(thrown: unknown, depth = 0): ErrorRecord {
  if (!isErrorLike(thrown)) {
    return { name: 'NonErrorThrown', message: `a value that is no Error was thrown: ${inspect(thrown)}` };
  }
  const code = 'code' in thrown ? thrown.code : undefined;
  return {
    name: String(thrown.name),
    message: String(thrown.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof thrown.stack === 'string' ? { stack: thrown.stack } : {}),
    ...(thrown.cause !== undefined && depth < maxCauses ? { cause: toCause(thrown.cause, depth + 1) } : {}),
  };
}

/** The error of a record, with the name, message, code, stack and causes of the original; its class is plain `Error`. */
export function fromErrorRecord(record: ErrorRecord): Error {
  return dressAs(new Error(record.message), record);
}

/** Gives an error the name, code, stack and cause of a record. */
export function dressAs<E extends Error>(error: E, record: ErrorRecord): E {
  const own: { name: string; stack?: string; cause?: unknown } = { name: record.name };
  if (record.stack !== undefined) own.stack = record.stack;
  if (record.cause !== undefined) {
    own.cause = 'error' in record.cause ? fromErrorRecord(record.cause.error) : record.cause.value;
  }
  // Not enumerable, as in any error, so that `inspect` does not print them twice.
  for (const [key, value] of Object.entries(own)) {
    Object.defineProperty(error, key, { value, configurable: true, enumerable: false, writable: true });
  }
  return record.code === undefined ? error : Object.assign(error, { code: record.code });
}

function toCause(cause: unknown, depth: number): ErrorCause {
  if (isErrorLike(cause)) return { error: toErrorRecord(cause, depth) };
  if (cause === null || typeof cause === 'string' || typeof cause === 'number' || typeof cause === 'boolean') {
    return { value: cause };
  }
  return { value: inspect(cause) };
}

/** Also true for an error of another realm, or one that `structuredClone` made, where `instanceof` may fail. */
function isErrorLike(value: unknown): value is Error {
  return (
    value instanceof Error || (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value)
  );
}
