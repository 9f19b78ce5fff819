import { expect, test } from 'vitest';
import { ControlBlock, OUTSIDE } from './control-block.ts';
import { AbortedError } from './errors.ts';

test('another view of the same data sees what the first wrote', () => {
  const first = ControlBlock.create(3);
  const second = new ControlBlock(structuredClone(first.data));
  first.commit = 12;
  first.recordThread(2, 7);
  first.recordExit(1, 0);
  first.addWaitedMs(0, 1.5);
  first.beat(1);
  expect(second.workers).toBe(3);
  expect(second.commit).toBe(12);
  expect([0, 1, 2].map((rank) => second.threadId(rank))).toEqual([undefined, undefined, 7]);
  expect([0, 1, 2].map((rank) => second.exitCode(rank))).toEqual([undefined, 0, undefined]);
  expect([0, 1, 2].map((rank) => second.waitedMs(rank))).toEqual([1.5, 0, 0]);
  expect([0, 1, 2].map((rank) => second.beats(rank))).toEqual([0, 1, 0]);
});

test('only the first failure is recorded', () => {
  const control = ControlBlock.create(2);
  expect(control.firstFailure).toBeUndefined();
  expect(control.recordFailure(0)).toBe(true);
  expect(control.recordFailure(1)).toBe(false);
  expect(control.firstFailure).toBe(0);
  control.reset();
  expect(control.recordFailure(OUTSIDE)).toBe(true);
  expect(control.recordFailure(1)).toBe(false);
  expect(control.firstFailure).toBe(OUTSIDE);
});

test('an abort is seen until the reset', () => {
  const control = ControlBlock.create(2);
  control.throwIfAborted();
  control.raiseAbort();
  control.raiseAbort();
  expect(control.aborted).toBe(true);
  expect(() => control.throwIfAborted()).toThrow(AbortedError);
  control.reset();
  expect(control.aborted).toBe(false);
  control.throwIfAborted();
});

test('a request to stop counts once it is published; a reset keeps the request and the commit', () => {
  const control = ControlBlock.create(1);
  control.commit = 5;
  control.requestStop();
  expect(control.stopPublished).toBe(false);
  control.publishStop();
  expect(control.stopPublished).toBe(true);
  control.reset();
  expect([control.stopRequested, control.stopPublished, control.commit]).toEqual([true, false, 5]);
  control.clearStop();
  control.publishStop();
  expect(control.stopPublished).toBe(false);
});

test('a worker waits from its arrival until the meeting opens, also when the count of meetings overflows', () => {
  const control = ControlBlock.create(2);
  const generation = 16;
  for (const start of [0, 2 ** 31 - 1]) {
    Atomics.store(control.words, generation, start);
    control.reset();
    expect(control.isWaiting(0)).toBe(false);
    control.recordArrival(0, (start + 1) | 0);
    expect([control.isWaiting(0), control.isWaiting(1)]).toEqual([true, false]);
    Atomics.add(control.words, generation, 1);
    expect(control.isWaiting(0)).toBe(false);
  }
});

test.each([0, -1, 1.5, Number.NaN])('%d workers are refused', (workers) => {
  expect(() => ControlBlock.create(workers)).toThrow(`at least 1, not ${workers}`);
});
