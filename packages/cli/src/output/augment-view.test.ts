import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeStream } from '../testing/fake-stream.ts';
import { AugmentView } from './augment-view.ts';
import { Output } from './output.ts';

beforeEach(() => {
  vi.stubEnv('TERM', 'xterm');
  vi.stubEnv('NO_COLOR', '1');
});
afterEach(() => vi.unstubAllEnvs());

/** Shows ten pictures in twenty seconds, of which the third is broken and the first was done before. */
function shown(stream: FakeStream, json = false): { stream: FakeStream; warnings: string[] } {
  const clock = { ms: 0 };
  const warnings: string[] = [];
  const log = { warn: (message: string) => warnings.push(message) };
  const view = new AugmentView(new Output(stream, json), log, () => clock.ms);
  const broken: { file: string; error: Error }[] = [];
  for (let done = 1; done <= 10; done++) {
    clock.ms += 2000;
    if (done === 3) broken.push({ file: 'c.jpg', error: new Error('c.jpg is broken') });
    view.show({ done, total: 20, kept: 1, broken });
  }
  view.end({ done: 10, total: 20, kept: 1, broken, written: 16, interrupted: true }, 'out', 'lockstep');
  return { stream, warnings };
}

test('in a log: a line about every ten seconds, and what it came to', () => {
  const { stream, warnings } = shown(new FakeStream());
  expect(stream.text).toBe(`5/20 pictures  0.4 pictures/s  38 s left
10/20 pictures  0.5 pictures/s  22 s left
10 of 20 pictures, 16 results written to out
1 were done before, and kept
1 left out, named above
the same command goes on: lockstep augment …
`);
  expect(warnings).toEqual(['c.jpg is broken']);
});

test('on a terminal: a bar, which makes room for the end', () => {
  const { stream } = shown(new FakeStream(true, 80));
  expect(stream.text).toContain('10/20 pictures  [==========          ]');
  expect(stream.screen[0]).toBe('10 of 20 pictures, 16 results written to out');
});

test('with --json: events', () => {
  const { stream } = shown(new FakeStream(), true);
  const lines = stream.text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines).toEqual([
    { event: 'progress', done: 5, total: 20, kept: 1, broken: 1 },
    { event: 'progress', done: 10, total: 20, kept: 1, broken: 1 },
    { event: 'interrupted', written: 16, done: 10, total: 20, kept: 1, broken: 1, out: 'out' },
  ]);
});
