import type { VerifyResult } from '@lockstep/trainer';
import { expect, test } from 'vitest';
import { Output } from '../output/output.ts';
import { FakeStream } from '../testing/fake-stream.ts';
import { compareWorkers } from './verify.ts';

const result = (workers: number, changes: Partial<VerifyResult> = {}): VerifyResult => ({
  workers,
  steps: 5,
  weightsSha256: 'aa',
  optimizerSha256: 'bb',
  metricsSha256: 'dd',
  loss: 1,
  ...changes,
});

async function compare(results: readonly VerifyResult[], json: boolean) {
  const stream = new FakeStream();
  async function* come(): AsyncGenerator<VerifyResult> {
    yield* results;
  }
  return { code: await compareWorkers(come(), new Output(stream, json)), text: stream.text };
}

test('the same bits', async () => {
  const { code, text } = await compare([result(1), result(2)], true);
  expect(code).toBe(0);
  expect(JSON.parse(text.trim().split('\n').at(-1)!)).toEqual({
    event: 'done',
    same: true,
    workers: [1, 2],
    steps: 5,
    weightsSha256: 'aa',
  });
});

test.each([
  [{ weightsSha256: 'cc' }, 'different bits in the weights', null],
  [{ optimizerSha256: 'cc' }, "different bits in the optimiser's state", 'aa'],
  [{ metricsSha256: 'cc' }, 'different bits in the metrics', 'aa'],
  [{ weightsSha256: 'cc', metricsSha256: 'cc' }, 'different bits in the weights and the metrics', null],
])('one that differs in %j fails', async (changes, message, digest) => {
  const results = [result(1), result(2, changes)];
  const { code, text } = await compare(results, false);
  expect(code).toBe(1);
  expect(text).toContain(message);
  expect((await compare(results, true)).text).toContain(
    `"same":false,"workers":[1,2],"steps":5,"weightsSha256":${JSON.stringify(digest)}`,
  );
});
