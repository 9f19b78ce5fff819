import { DataError } from '@lockstep/data';
import { WorkerError } from '@lockstep/trainer';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeError } from './describe-error.ts';

const workerError = (kind: 'throw' | 'exit') =>
  new WorkerError({ kind, rank: 2, record: { name: 'RangeError', message: 'too far' } });

test('an error that was foreseen is its message, in one line', () => {
  expect(describeError(new DataError('DATA_FORMAT', 'a.idx: expected this,\n  got that\n'))).toBe(
    'a.idx: expected this, got that',
  );
});

test('of a worker, its own message, and which worker', () => {
  expect(describeError(workerError('throw'))).toBe('worker 2: too far');
  expect(describeError(workerError('exit'))).toBe('too far');
});

test("the operating system's message", () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  expect(describeError(error)).toBe('ENOSPC: no space left on device, write');
});

test('what nobody foresaw says so, and zod never shows itself raw', () => {
  expect(describeError(new TypeError('x is not a function'))).toBe(
    'TypeError: x is not a function (this should not happen: please report it, with what --debug shows)',
  );
  expect(describeError('thrown')).toMatch(/^a value that is no Error was thrown: thrown/);
  const { error } = z.strictObject({ a: z.int() }).safeParse({ a: 'x', b: 1 });
  expect(describeError(error)).not.toMatch(/[{\n]/);
});
