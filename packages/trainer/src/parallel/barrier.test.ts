import { expect, test } from 'vitest';
import { Barrier } from './barrier.ts';
import { ControlBlock } from './control-block.ts';
import { AbortedError, BarrierTimeoutError } from './errors.ts';

// What takes several threads is in replica-pool.test.ts.

test('one worker meets itself, and is the last to arrive', () => {
  const control = ControlBlock.create(1);
  const barrier = new Barrier(control, 0);
  const steps: number[] = [];
  for (let step = 1; step <= 3; step++) {
    barrier.meet(() => {
      // Before the meeting opens.
      expect(control.isWaiting(0)).toBe(true);
      steps.push(step);
    });
  }
  expect(steps).toEqual([1, 2, 3]);
  expect(control.arrived(0)).toBe(3);
  expect(control.isWaiting(0)).toBe(false);
  expect(control.waitedMs(0)).toBe(0);
});

test('nobody gets past a meeting once the abort is raised', () => {
  const control = ControlBlock.create(1);
  const barrier = new Barrier(control, 0);
  control.raiseAbort();
  expect(() => barrier.meet(() => expect.unreachable('it does not take place'))).toThrow(AbortedError);
  control.reset();
  barrier.meet();
});

test('an abort while the last one opens the meeting still counts', () => {
  const control = ControlBlock.create(1);
  expect(() => new Barrier(control, 0).meet(() => control.raiseAbort())).toThrow(AbortedError);
});

test('what the last one throws, it throws', () => {
  const barrier = new Barrier(ControlBlock.create(1), 0);
  const fail = () => {
    throw new RangeError('no commit');
  };
  expect(() => barrier.meet(fail)).toThrow('no commit');
});

test('the backstop names the workers that are missing', () => {
  const control = ControlBlock.create(3);
  const barrier = new Barrier(control, 1, { backstopMs: 20, spinMicroseconds: 10 });
  let error: unknown;
  try {
    barrier.meet();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(BarrierTimeoutError);
  expect(error).toMatchObject({ code: 'ERR_PARALLEL_BARRIER_TIMEOUT', missing: [0, 2] });
});
