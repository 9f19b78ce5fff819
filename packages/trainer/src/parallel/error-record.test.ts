import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { dressAs, fromErrorRecord, toErrorRecord } from './error-record.ts';

class SampleError extends RangeError {
  override readonly name = 'SampleError';
  readonly code = 'ERR_SAMPLE';
}

test('an error survives with its name, code, stack and causes, also after being posted', () => {
  const original = new SampleError('sample 7', { cause: new TypeError('no picture', { cause: 404 }) });
  const copy = fromErrorRecord(structuredClone(toErrorRecord(original)));
  expect(copy).toBeInstanceOf(Error);
  expect(String(copy)).toBe('SampleError: sample 7');
  expect(copy).toMatchObject({ code: 'ERR_SAMPLE', stack: original.stack });
  expect(copy.cause).toMatchObject({ name: 'TypeError', message: 'no picture', cause: 404 });
  expect(Object.keys(copy)).toEqual(['code']);
});

test('a system error keeps its code, and one without a code gets none', () => {
  expect(toErrorRecord(Object.assign(new Error('full'), { code: 'ENOSPC' })).code).toBe('ENOSPC');
  expect('code' in fromErrorRecord(toErrorRecord(new Error('plain')))).toBe(false);
});

test.each([['a string'], [undefined], [null], [{ reason: 'an object' }]])('%o, thrown, is described', (thrown) => {
  expect(toErrorRecord(thrown).message).toContain(inspect(thrown));
});

test('a cause that is no error becomes text where it could not be posted', () => {
  const record = toErrorRecord(new Error('outer', { cause: { callback: () => 1 } }));
  expect(structuredClone(record).cause).toEqual({ value: '{ callback: [Function: callback] }' });
});

test('a cycle of causes ends', () => {
  const error = new Error('round');
  error.cause = error;
  let depth = 0;
  for (let cause: unknown = fromErrorRecord(toErrorRecord(error)); cause instanceof Error; cause = cause.cause) depth++;
  expect(depth).toBe(9);
});

test('an error that has a code of its own keeps it if the record has none', () => {
  const error = Object.assign(new Error('own'), { code: 'ERR_OWN' });
  expect(dressAs(error, { name: 'Other', message: 'own' })).toMatchObject({ name: 'Other', code: 'ERR_OWN' });
});
