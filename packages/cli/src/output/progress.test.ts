import { expect, test } from 'vitest';
import { facts, stepMetrics } from '../testing/facts.ts';
import { Progress } from './progress.ts';

const after = (steps: number, changes = {}) => {
  const progress = new Progress(facts(changes));
  for (let step = 0; step < steps; step++)
    progress.step(stepMetrics(step, { imagesPerSecond: step === 0 ? 100 : 12_800 }));
  return progress;
};

test('says epoch, step, loss, accuracy, speed, and what time is left', () => {
  expect(after(41).parts()).toEqual([
    'epoch 1/8',
    'step 41',
    'loss 0.500',
    'accuracy 87.5 %',
    '12800 images/s',
    '37 s left', // 3,711 steps of 10 ms; the slow first step does not count
  ]);
});

test('says nothing of the time left after the first step, in which the threads start', () => {
  expect(after(1).parts()).toHaveLength(5);
});

test('knows the test at the end of an epoch, and its time in those to come', () => {
  const progress = after(469);
  expect(progress.testing).toBe(true);
  expect(progress.parts()).toMatchObject({ 0: 'epoch 1/8', 1: 'testing' });
  const before = progress.secondsLeft;
  progress.tested(2);
  expect(progress.secondsLeft - before).toBeCloseTo(16); // this one and seven more
  progress.step(stepMetrics(469));
  expect(progress.testing).toBe(false);
  expect(progress.parts()).toMatchObject({ 0: 'epoch 2/8', 1: 'step 470' });
});

test('the loss is smoothed', () => {
  const progress = after(200);
  progress.step(stepMetrics(200, { loss: 50.5 }));
  expect(progress.parts()[2]).toBe('loss 1.500');
});

test('the whole line fits into 80 columns, also in a long run', () => {
  const progress = new Progress(facts({ epochs: 60, steps: 60_000 }));
  for (let step = 55_000; step < 55_100; step++) progress.step(stepMetrics(step, { imagesPerSecond: 9100 }));
  expect(progress.parts().join('  ').length).toBeLessThan(80);
});
