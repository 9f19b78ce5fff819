import { expect, test, vi } from 'vitest';
import { FakeStream } from '../testing/fake-stream.ts';
import { Output } from './output.ts';

test('with --json, objects alone, and null for what is no number', () => {
  const stream = new FakeStream(true);
  const output = new Output(stream, true);
  output.line('text');
  output.drawLive('live');
  output.event({ event: 'done', testLoss: Number.NaN, seconds: Number.POSITIVE_INFINITY });
  expect(stream.text).toBe('{"event":"done","testLoss":null,"seconds":null}\n');
});

test('on a terminal, a live line gives way to lines', () => {
  vi.stubEnv('TERM', 'xterm');
  const stream = new FakeStream(true);
  const output = new Output(stream, false);
  output.drawLive('step 1');
  output.drawLive('step 2');
  output.line('epoch 1');
  output.event({ event: 'epoch' });
  output.drawLive('step 3');
  expect(stream.screen).toEqual(['epoch 1', 'step 3']);
  output.clearLive();
  expect(stream.screen).toEqual(['epoch 1', '']);
  vi.unstubAllEnvs();
});

test('elsewhere there is none', () => {
  const stream = new FakeStream();
  const output = new Output(stream, false);
  output.drawLive('step 1');
  output.line('epoch 1');
  expect(output.live).toBe(false);
  expect(output.width).toBe(Number.POSITIVE_INFINITY);
  expect(stream.text).toBe('epoch 1\n');
});
