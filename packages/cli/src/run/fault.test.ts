import { expect, test } from 'vitest';
import { UsageError } from '../errors.ts';
import { faultOfEnvironment } from './fault.ts';

test('a fault from JSON, with defaults', () => {
  expect(faultOfEnvironment(undefined)).toBeUndefined();
  expect(faultOfEnvironment('')).toBeUndefined();
  expect(faultOfEnvironment('{"rank":1,"step":3}')).toEqual({
    rank: 1,
    step: 3,
    at: 'gradients',
    kind: 'throw',
    times: 1,
  });
  const kill = { step: 3, at: 'rename', kind: 'kill' };
  expect(faultOfEnvironment(JSON.stringify(kill))).toEqual({ ...kill, rank: 0, times: 1 });
});

test.each([
  '{',
  '[]',
  '{"rank":-1,"step":0}',
  '{"rank":0,"step":0,"kind":"sleep"}',
  '{"rank":0,"step":0,"why":1}',
  '{"step":0,"at":"rename"}',
])('%s is refused with an example', (text) => {
  expect(() => faultOfEnvironment(text)).toThrow(UsageError);
  expect(() => faultOfEnvironment(text)).toThrow(/^LOCKSTEP_FAULT: expected JSON such as \{"rank":0,/);
});
