import { expect, test } from 'vitest';
import { Interruption } from './interruption.ts';

function interruption() {
  const happened: string[] = [];
  const made = new Interruption({
    onStopping: (signal, underWay) => happened.push(`stopping ${signal} after ${underWay}`),
    onEnd: (signal) => happened.push(`end ${signal}`),
    exit: (code) => happened.push(`exit ${code}`),
  });
  return { made, happened };
}

test('the first signal asks, the second ends', () => {
  const { made, happened } = interruption();
  const stop = made.stopInOrder('this step');
  expect([stop.aborted, made.exitCode]).toEqual([false, undefined]);
  made.raise('SIGINT');
  expect([stop.aborted, made.exitCode, made.signal]).toEqual([true, 130, 'SIGINT']);
  made.raise('SIGTERM');
  expect(happened).toEqual(['stopping SIGINT after this step', 'end SIGTERM', 'exit 143']);
});

test('where nothing can be stopped in order, the first ends', () => {
  const { made, happened } = interruption();
  made.raise('SIGTERM');
  expect(happened).toEqual(['end SIGTERM', 'exit 143']);
});
