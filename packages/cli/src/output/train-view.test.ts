import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { epochMetrics, facts, stepMetrics, summary } from '../testing/facts.ts';
import { FakeStream } from '../testing/fake-stream.ts';
import { Output } from './output.ts';
import { TrainView } from './train-view.ts';

beforeEach(() => {
  vi.stubEnv('TERM', 'xterm');
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('FORCE_COLOR', '');
});
afterEach(() => vi.unstubAllEnvs());

/** A view, the stream it writes to, and a clock that the test moves. */
function view(stream: FakeStream, json = false) {
  const clock = { ms: 0 };
  const shown = new TrainView(new Output(stream, json), 'lockstep', () => clock.ms);
  return { shown, clock };
}

test('in a log: a header, a line about every ten seconds, and one an epoch', () => {
  const stream = new FakeStream();
  const { shown, clock } = view(stream);
  shown.show({ event: 'start', ...facts({ workers: 3, efficiencyBound: 8 / 9 }) });
  for (let step = 0; step < 25; step++) {
    clock.ms += 1000;
    shown.show({ event: 'step', ...stepMetrics(step) });
  }
  shown.show({ event: 'epoch', ...epochMetrics(1) });
  expect(stream.text).toBe(`small-cnn on mnist
  model     small-cnn, 54,778 parameters
  data      mnist: 60,000 pictures to train on, 10,000 to test with
  training  8 epochs, 3,752 steps of 128 pictures
  workers   3, for 16 shards of a batch: at most 89 % of their speed, since 16 is no multiple of 3
  kernels   default; 32 MiB of memory
  run       runs/r

epoch 1/8  step 10  loss 0.500  accuracy 87.5 %  12800 images/s  37 s left
epoch 1/8  step 20  loss 0.500  accuracy 87.5 %  12800 images/s  37 s left
epoch 1/8  test 96.25 %, loss 0.1250  train 92.50 %, loss 0.2500  12,800 images/s  5 s
`);
});

test('with samples for validation these judge the epochs, and the test comes at the end', () => {
  const stream = new FakeStream(true);
  const { shown } = view(stream);
  const { testLoss, testAccuracy, ...figures } = epochMetrics(1);
  shown.show({ event: 'start', ...facts({ trainSamples: 54_000, validationSamples: 6000 }) });
  expect(stream.text).toContain('54,000 pictures to train on, 6,000 to validate with, 10,000 to test with');
  for (let step = 0; step < 469; step++) shown.show({ event: 'step', ...stepMetrics(step) });
  expect(stream.screen.at(-1)).toMatch(/^epoch 1\/8 {2}validating {2}/);
  shown.show({ event: 'epoch', ...figures, validationLoss: testLoss!, validationAccuracy: testAccuracy! });
  expect(stream.screen.at(-2)).toMatch(/^epoch 1\/8 {2}validation 96\.25 %, loss 0\.1250 {2}train /);
  const validated = { ...summary, validationAccuracy: 0.99, validationLoss: 0.03, bestValidationAccuracy: 0.99 };
  shown.end({ event: 'done', ...validated }, undefined);
  expect(stream.text).toContain('99.31 % test accuracy (loss 0.0217) after 8 epochs');
  expect(stream.text).toContain('\n99.00 % validation accuracy (loss 0.0300), the best of all epochs\n');
  const better = { bestEpoch: 5, bestValidationAccuracy: 0.995, bestTestAccuracy: 0.994, stoppedEarly: true };
  shown.end({ event: 'done', ...validated, ...better }, undefined);
  expect(stream.text).toContain(
    '99.00 % validation accuracy (loss 0.0300); epoch 5 was the best, with 99.50 %: its weights, in checkpoint/, have 99.40 % test accuracy\n' +
      'Stopped early: no epoch was better than epoch 5, with 99.50 %\n',
  );
});

test('pictures that are streamed are told of, and so is the time that they are waited for', () => {
  const stream = new FakeStream();
  const { shown } = view(stream);
  shown.show({ event: 'start', ...facts({ streamedSamples: 62_000, pictureBytes: 2 ** 22 }) });
  shown.end({ event: 'done', ...summary, dataWait: 0.019 }, undefined);
  expect(stream.text).toContain(
    '  streamed  62,000 pictures are decoded as they are needed; 4 MiB of memory for all\n',
  );
  expect(stream.text).not.toContain('Waited');
  shown.end({ event: 'done', ...summary, dataWait: 0.38 }, undefined);
  expect(stream.text).toContain(
    'Waited 38 % of the time for pictures to be decoded: with a higher --memory-limit more',
  );
});

test('fetching is shown in bytes, in a window of any width', () => {
  const [wide, narrow] = [new FakeStream(true), new FakeStream(true, 30)];
  for (const stream of [wide, narrow]) {
    const event = { event: 'loading', name: 'cifar10', unit: 'bytes', done: 2 ** 20, total: 2 ** 27 } as const;
    view(stream).shown.show(event);
  }
  expect(wide.screen).toEqual(['fetching cifar10  1 %  1 MiB of 128 MiB']);
  expect(narrow.screen).toEqual(['fetching cifar10  1 %']);
});

test('loading is shown while it goes on: live on a terminal, every ten seconds in a log, not as JSON', () => {
  const [terminal, log, json] = [new FakeStream(true), new FakeStream(), new FakeStream()];
  for (const stream of [terminal, log, json]) {
    const { shown, clock } = view(stream, stream === json);
    for (let done = 1; done <= 25; done++) {
      clock.ms += 1000;
      shown.show({ event: 'loading', name: 'photos', unit: 'pictures', done, total: 50 });
    }
  }
  expect(terminal.screen).toEqual(['loading photos  50 %  25 of 50 pictures']);
  expect(log.text).toBe('loading photos  22 %  11 of 50 pictures\nloading photos  42 %  21 of 50 pictures\n');
  expect(json.text).toBe('');
});

test('with weights of a file: what was taken of it, and what was not', () => {
  const stream = new FakeStream();
  const weights = {
    file: 'resnet.safetensors',
    matched: 1120,
    reinitialised: ['fc.weight', 'fc.bias'],
    skipped: ['bn1.num_batches_tracked', 'layer1.0.bn1.num_batches_tracked'],
  };
  view(stream).shown.show({ event: 'start', ...facts({ weights }) });
  expect(stream.text).toContain(
    '  weights   resnet.safetensors: 1,120 tensors taken; fc.weight, fc.bias begin anew, for another number of classes; 2 of integers left out (bn1.num_batches_tracked, …)\n',
  );
});

test('on a terminal: one live line that never wraps, and lines of epochs', () => {
  const stream = new FakeStream(true, 40);
  const { shown, clock } = view(stream);
  shown.show({ event: 'start', ...facts() });
  const header = stream.screen.length;
  for (let step = 0; step < 469; step++) {
    clock.ms += 10;
    shown.show({ event: 'step', ...stepMetrics(step) });
  }
  expect(stream.screen).toHaveLength(header);
  expect(stream.screen.at(-1)).toBe('epoch 1/8  testing  loss 0.500');
  shown.show({ event: 'epoch', ...epochMetrics(1) });
  shown.show({ event: 'step', ...stepMetrics(469) });
  expect(stream.screen.slice(header - 1)).toEqual([
    'epoch 1/8  test 96.25 %, loss 0.1250',
    'epoch 2/8  step 470  loss 0.500',
  ]);
  expect(stream.text.split('\r').length).toBeLessThan(60); // ten times a second, not at every step
});

test('the summary names every file, and what to do next', () => {
  const stream = new FakeStream();
  const { shown } = view(stream);
  shown.show({ event: 'start', ...facts() });
  shown.end({ event: 'done', ...summary, runDir: 'my runs/r' }, undefined);
  for (const part of [
    '99.31 % test accuracy (loss 0.0217) after 8 epochs in 58 s, 9,100 images/s',
    summary.weightsSha256,
    ...['model.safetensors', 'report.html', 'metrics.jsonl', 'checkpoint/', 'config.json'],
    "lockstep predict --run 'my runs/r' PICTURE…",
    "lockstep eval --run 'my runs/r'",
    'file:///',
  ]) {
    expect(stream.text).toContain(part);
  }
});

test('an interruption says how to go on', () => {
  const stream = new FakeStream();
  const { shown } = view(stream);
  shown.show({ event: 'start', ...facts() });
  shown.end({ event: 'interrupted', ...summary, steps: 12 }, 'SIGINT');
  expect(stream.text).toContain('Interrupted after step 12 of 3,752');
  expect(stream.text).toContain('lockstep train --resume runs/r');
});

test('as JSON: start, epochs, and the end', () => {
  const stream = new FakeStream();
  const { shown } = view(stream, true);
  shown.show({ event: 'start', ...facts() });
  shown.show({ event: 'step', ...stepMetrics(0) });
  shown.show({ event: 'epoch', ...epochMetrics(1) });
  shown.show({ event: 'test', epoch: 8, steps: 3752, testLoss: 0.5, testAccuracy: 0.75 });
  shown.end({ event: 'interrupted', ...summary, testAccuracy: null }, 'SIGTERM');
  const lines = stream.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ event }) => event)).toEqual(['start', 'epoch', 'test', 'interrupted']);
  expect(lines[2]).toEqual({ event: 'test', epoch: 8, steps: 3752, testLoss: 0.5, testAccuracy: 0.75 });
  expect(lines[3]).toMatchObject({ signal: 'SIGTERM', testAccuracy: null });
});
