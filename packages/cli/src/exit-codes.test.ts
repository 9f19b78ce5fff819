import { CoreError } from '@lockstep/core';
import { DataError, TransformError } from '@lockstep/data';
import { TrainerError, WorkerError } from '@lockstep/trainer';
import { expect, test } from 'vitest';
import { UsageError } from './errors.ts';
import { exitCodeOf } from './exit-codes.ts';

test.each([
  [new UsageError('a wrong option'), 2],
  [new CoreError('MODEL_UNKNOWN', 'm'), 2],
  [new CoreError('BATCH_INVALID', 'm'), 2],
  [new DataError('DATA_UNKNOWN', 'm'), 2],
  [new DataError('DATA_LIMIT', 'm'), 2],
  [new TransformError('TRANSFORM_UNKNOWN', 'm'), 2],
  [new TrainerError('TRAINER_OPTIONS', 'm'), 2],
  [new DataError('DATA_TRUNCATED', 'm'), 1],
  [new TrainerError('TRAINER_RUN_FOLDER', 'm'), 1],
  [new TrainerError('TRAINER_NOT_FINITE', 'm'), 1],
  [new TypeError('m'), 1],
  ['a text', 1],
  // What an option brings about is found before there are workers.
  [new WorkerError({ kind: 'throw', rank: 0, record: { name: 'CoreError', message: 'm', code: 'BATCH_INVALID' } }), 1],
])('%s → %d', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
