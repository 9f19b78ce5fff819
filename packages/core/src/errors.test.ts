import { expect, it } from 'vitest';
import { CoreError } from './errors.ts';

it('CoreError carries a code, its name and its cause', () => {
  const cause = new Error('why');
  const error = new CoreError('GRAPH_SHAPE', 'what', { cause });
  expect(error).toBeInstanceOf(Error);
  expect({ ...error, message: error.message, cause: error.cause }).toEqual({
    name: 'CoreError',
    code: 'GRAPH_SHAPE',
    message: 'what',
    cause,
  });
  expect(String(error)).toBe('CoreError: what');
});
