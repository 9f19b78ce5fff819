import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createToyPool, type ToyPool } from './testing/toy-pool.ts';
import { faultPoints, initialiseToy } from './testing/toy-step.ts';
import type { Fault, FaultKind } from './testing/toy-worker.ts';
import type { FailureKind, WorkerError } from './worker-error.ts';

const last = 4;
const plan = { shards: 13, floats: 3001 };

/** The hash of a run of one worker in which nothing failed. */
let expected: string;

beforeAll(async () => {
  const { pool, steps, hashes } = createToyPool({ ...plan, workers: 1 });
  await steps(last);
  [expected] = hashes(last) as [string];
  await pool.destroy();
});

/** Fails once, then replays from what is committed, on the same pool. */
async function failAndReplay(toy: ToyPool, fault: Fault): Promise<WorkerError> {
  initialiseToy(toy.data);
  const failed = toy.steps(last, fault).then(
    () => expect.unreachable(`the fault ${fault.kind} went unnoticed`),
    (error: unknown) => error as WorkerError,
  );
  if (fault.kind === 'terminate') {
    await toy.announced(1);
    expect(toy.pool.terminate(fault.rank)).toBe(true);
  }
  const error = await failed;
  // Nothing but the step that failed is lost; and no step that was not finished is committed.
  expect(toy.control.commit).toBe(committed(fault));
  expect(toy.control.aborted).toBe(false);
  // The thread that failed is gone: whatever it wrote to before, it does not any more.
  Atomics.store(toy.data.signals, 1, 0);
  expect(await toy.steps(last)).toEqual([0, 10, 20]);
  expect(toy.hashes(last)).toEqual(new Array(3).fill(expected));
  expect(Atomics.load(toy.data.signals, 1)).toBe(0);
  return error;
}

function committed({ kind, step, point }: Fault): number {
  if (kind === 'uncaught' || kind === 'unhandled') return last;
  return point === 'gather' ? step + 1 : step;
}

const kinds: [FaultKind, FailureKind, Record<string, unknown>][] = [
  ['throw', 'throw', { name: 'ToyError', code: 'ERR_TOY', message: 'the kernel blew up' }],
  ['exit', 'exit', { code: 'ERR_REPLICA_EXITED', message: expect.stringContaining('process.exit(3)') }],
  ['terminate', 'terminated', { code: 'ERR_REPLICA_TERMINATED' }],
  ['uncaught', 'uncaught', { name: 'ToyError', message: 'thrown from a callback' }],
  ['unhandled', 'uncaught', { name: 'ToyError', message: 'a promise left behind' }],
];

describe('a worker that fails is replaced, and the replay comes to the same bits', () => {
  let toy: ToyPool;
  beforeAll(() => {
    toy = createToyPool({ ...plan, workers: 3 });
  });
  afterAll(() => toy.pool.destroy());

  describe.each(kinds)('%s', (kind, failure, own) => {
    test.each(faultPoints)('at %s', async (point) => {
      const rank = faultPoints.indexOf(point) % 3;
      // Only the first step begins with the meeting at the start of a task.
      const step = point === 'start' ? 0 : 2;
      expect(await failAndReplay(toy, { kind, rank, step, point })).toMatchObject({ kind: failure, rank, ...own });
    });
  });
});

describe('a worker that hangs is found, and not those that wait for it', () => {
  let toy: ToyPool;
  beforeAll(() => {
    toy = createToyPool({ ...plan, workers: 3 }, { hangTimeoutMs: 500, graceMs: 20 });
  });
  afterAll(() => toy.pool.destroy());

  test.each(faultPoints)('at %s', async (point) => {
    const error = await failAndReplay(toy, { kind: 'loop', rank: 1, step: point === 'start' ? 0 : 1, point });
    expect(error).toMatchObject({ kind: 'hang', rank: 1, code: 'ERR_REPLICA_HUNG' });
  });
});

test('a worker that runs out of memory is replaced', async () => {
  const toy = createToyPool({ ...plan, workers: 3 }, { resourceLimits: { maxOldGenerationSizeMb: 24 } });
  const error = await failAndReplay(toy, { kind: 'memory', rank: 1, step: 1, point: 'update' });
  expect(error).toMatchObject({ kind: 'out-of-memory', rank: 1, code: 'ERR_WORKER_OUT_OF_MEMORY' });
  await toy.pool.destroy();
});

test.each([
  [16, [1, 2, 3, 5, 8]],
  [13, [2, 5]],
])('with %i shards the bits do not depend on the number of workers: %j', async (shards, sizes) => {
  const hashes = new Set(shards === plan.shards ? [expected] : []);
  for (const workers of sizes) {
    const toy = createToyPool({ ...plan, workers, shards });
    await toy.steps(2);
    await toy.steps(last);
    for (const hash of toy.hashes(last)) hashes.add(hash);
    await toy.pool.destroy();
  }
  expect(hashes.size).toBe(1);
});
