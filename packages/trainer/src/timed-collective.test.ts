import { parameterSlices, resolveGraph, stateLayout } from '@lockstep/core';
import { expect, test } from 'vitest';
import { weightsSha256 } from './state-digest.ts';
import { tinyGraph, tinyOptions } from './testing/tiny-run.ts';
import { createWorkerTimes, readWorkerTimes } from './timed-collective.ts';
import { Trainer } from './trainer.ts';

const weightsAfter = async (steps: number, changes: Parameters<typeof tinyOptions>[0]): Promise<string> => {
  await using trainer = new Trainer(tinyOptions(changes));
  while (trainer.step < steps) await trainer.run(steps);
  return weightsSha256(trainer.state().model);
};

test('counts meetings and bytes of every worker, and changes no bit', async () => {
  const [steps, workers] = [6, 3];
  const times = createWorkerTimes(workers);
  const timed = await weightsAfter(steps, { workers, times });
  expect(timed).toBe(await weightsAfter(steps, { workers: 1 }));
  const all = [0, 1, 2].map((rank) => readWorkerTimes(times, rank));
  // Two batch norms, forward and backward; the gradients; the commit.
  expect(all.map(({ meetings }) => meetings)).toEqual([36, 36, 36]);
  // All of a meeting's workers but the last wait for the last, so somebody waited, and nobody less than not at all.
  expect(Math.max(...all.map(({ imbalanceMs }) => imbalanceMs))).toBeGreaterThan(0);
  for (const { imbalanceMs, barrierMs, reductionMs, copyMs } of all) {
    expect(Math.min(imbalanceMs, barrierMs, copyMs, reductionMs)).toBeGreaterThanOrEqual(0);
  }
  const resolved = resolveGraph(tinyGraph());
  const layout = stateLayout(resolved);
  const rowBytes = resolved.nodes.reduce((sum, { layer, options, inputs }) => sum + layer.rowBytes(options, inputs), 0);
  const slices = parameterSlices(layout, workers);
  // 16 shards on 3 workers are [0, 5), [5, 10) and [10, 16): subtrees 0–3, 4; 5, 6–7, 8–9; 10–11, 12–15.
  const subtrees = [2, 3, 2];
  const expected = [5, 5, 6].map((shards, rank) => {
    const slice = slices[rank]!.end - slices[rank]!.begin;
    const rows = 2 * (16 - shards) * rowBytes;
    return rows + 4 * (7 - subtrees[rank]!) * slice + 4 * (layout.parameterFloats - slice);
  });
  expect(all.map(({ readBytes }) => readBytes / steps)).toEqual(expected);
});
