import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ReplicaPoolOptions } from './replica-pool.ts';
import { ReplicaPool } from './replica-pool.ts';
import { createToyPool, type ToyPool } from './testing/toy-pool.ts';
import { WorkerError } from './worker-error.ts';

const plan = { workers: 3, shards: 16, floats: 1000 };

/** Used by all tests that need no options of their own: whatever one does to it, it must serve the next. */
let shared: ToyPool;
beforeAll(() => {
  shared = createToyPool(plan, { graceMs: 20 });
});
afterAll(() => shared.pool.destroy());

const toys: ToyPool[] = [];

function toyPool(workers: number, options?: Partial<ReplicaPoolOptions>): ToyPool {
  const toy = createToyPool({ ...plan, workers }, options);
  toys.push(toy);
  return toy;
}

afterEach(async () => {
  await Promise.all(toys.splice(0).map(({ pool }) => pool.destroy()));
});

/** Runs two more steps, and checks that all workers come to the same. */
async function expectToWork({ control, steps, hashes }: ToyPool): Promise<void> {
  const to = control.commit + 2;
  expect(await steps(to)).toEqual(Array.from({ length: control.workers }, (_, rank) => rank * 10));
  expect(control.commit).toBe(to);
  expect(new Set(hashes(to)).size).toBe(1);
}

/** What a promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );
}

test('each worker gets its own task, and the values come by rank', async () => {
  await expectToWork(shared);
});

test.each([1, 2, 3, 5])('meetings keep %i workers in step, and order what they write', async (workers) => {
  const { pool, control } = workers === 3 ? shared : toyPool(workers);
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const rounds = workers > 2 ? 50 : 2000;
  expect(await pool.run('count', (rank) => ({ rank, rounds, counter }))).toEqual(new Array(workers).fill(rounds));
  const waited = Array.from({ length: workers }, (_, rank) => control.waitedMs(rank));
  expect(waited.every((milliseconds) => milliseconds >= 0)).toBe(true);
  expect(waited.some((milliseconds) => milliseconds > 0)).toBe(workers > 1);
});

test("a worker's own error comes with its name, message, code, stack and causes", async () => {
  const { steps, control } = shared;
  const step = control.commit + 1;
  const error = await failureOf(steps(step + 2, { kind: 'throw', rank: 1, step, point: 'partials' }));
  expect(control.commit).toBe(step);
  expect(error).toBeInstanceOf(WorkerError);
  expect(error).toMatchObject({
    kind: 'throw',
    rank: 1,
    name: 'ToyError',
    code: 'ERR_TOY',
    message: 'the kernel blew up',
    cause: { name: 'RangeError', message: 'the inner reason', cause: 'bad luck' },
  });
  expect((error as WorkerError).stack).toMatch(/^ToyError: the kernel blew up\n.*toy-worker\.ts/s);
  expect((error as WorkerError).threadId).toBeGreaterThan(0);
});

test('an error after an await is told apart from those that waited for it', async () => {
  const error = await failureOf(shared.pool.run('asynchronous', (rank) => ({ rank })));
  expect(error).toMatchObject({ kind: 'throw', rank: 1, message: 'after an await' });
});

test('an abort signal stops workers that wait, and ends one that never looks up', async () => {
  const { pool, announced, data } = shared;
  const controller = new AbortController();
  Atomics.store(data.signals, 0, 0);
  const run = failureOf(pool.run('hold', (rank) => ({ rank }), { signal: controller.signal }));
  await announced(3);
  controller.abort('the user has had enough');
  expect(await run).toMatchObject({ code: 'ERR_REPLICA_RUN_ABORTED', cause: 'the user has had enough' });
  await expectToWork(shared);
});

test('an abort signal that is aborted beforehand starts nothing', async () => {
  const tasks: number[] = [];
  const run = shared.pool.run('hold', (rank) => tasks.push(rank), { signal: AbortSignal.abort() });
  await expect(run).rejects.toMatchObject({ code: 'ERR_REPLICA_RUN_ABORTED' });
  expect(tasks).toEqual([]);
});

test('a worker that looks at the abort flag keeps its thread', async () => {
  const { pool, announced } = toyPool(2, { graceMs: 60_000 });
  const controller = new AbortController();
  const run = failureOf(pool.run('polite', (rank) => ({ rank }), { signal: controller.signal }));
  await announced(2);
  controller.abort();
  expect(await run).toMatchObject({ code: 'ERR_REPLICA_RUN_ABORTED' });
});

test('a stop that is asked for at any time comes to all workers at the same step', async () => {
  const { pool, announced, control, data } = shared;
  Atomics.store(data.signals, 0, 0);
  const run = pool.run<number>('untilStopped', (rank) => ({ rank }));
  await announced(1);
  control.requestStop();
  const last = await run;
  control.clearStop();
  expect(new Set(last).size).toBe(1);
  expect(last[0]).toBeGreaterThanOrEqual(50);
});

test('a second run at the same time is refused, and does no harm', async () => {
  const first = expectToWork(shared);
  await expect(shared.pool.run('hold', () => ({}))).rejects.toMatchObject({ code: 'ERR_REPLICA_POOL_BUSY' });
  await first;
});

test('destroying the pool ends a run, and may be repeated', async () => {
  const { pool, announced } = toyPool(2, { graceMs: 20 });
  const run = failureOf(pool.run('hold', (rank) => ({ rank })));
  await announced(2);
  await Promise.all([pool.destroy(), pool.destroy()]);
  expect(await run).toMatchObject({ code: 'ERR_REPLICA_POOL_DESTROYED' });
  await expect(pool.run('hold', () => ({}))).rejects.toMatchObject({ code: 'ERR_REPLICA_POOL_DESTROYED' });
  await pool.destroy();
});

test('destroying a pool right after it was made, or right after a run was asked for, works', async () => {
  await toyPool(2).pool.destroy();
  const { pool, steps } = toyPool(2);
  const run = failureOf(steps(1));
  await pool.destroy();
  expect(await run).toMatchObject({ code: 'ERR_REPLICA_POOL_DESTROYED' });
});

test('workers that meet unevenly are reported instead of waiting for ever', async () => {
  // Long before the watchdog's timeout: there is no doubt.
  const error = await failureOf(shared.pool.run('uneven', (rank) => ({ rank })));
  expect(error).toMatchObject({ kind: 'hang', rank: 0, code: 'ERR_REPLICA_HUNG' });
  expect((error as Error).message).toContain('has ended its task, but worker 1, 2 still waits');
  await expectToWork(shared);
});

test('a thread that does not exit makes the pool unusable: it might still write to shared memory', async () => {
  const { pool, announced } = toyPool(2, { graceMs: 10, exitTimeoutMs: 20 });
  const controller = new AbortController();
  const run = failureOf(pool.run('immovable', (rank) => ({ rank }), { signal: controller.signal }));
  await announced(2);
  controller.abort();
  const error = await run;
  expect(error).toMatchObject({ code: 'ERR_REPLICA_POOL_UNUSABLE', cause: { code: 'ERR_REPLICA_RUN_ABORTED' } });
  expect(await failureOf(pool.run('step', () => ({})))).toBe(error);
  await pool.destroy();
});

test('a worker that beats is not taken to hang', async () => {
  const { pool } = toyPool(2, { hangTimeoutMs: 200 });
  expect(await pool.run('beating', (rank) => ({ rank, milliseconds: 450 }))).toEqual(['alive', 'alive']);
});

test('what a caller gets wrong is said, and the pool goes on', async () => {
  const { pool } = shared;
  const problems = {
    unwrapped: { code: 'ERR_PARALLEL_ARGUMENT', message: expect.stringContaining('runReplicaTask') },
    unwrappedThrow: { kind: 'throw', message: 'not wrapped' },
    nowhere: { kind: 'throw', message: expect.stringContaining('No handler function') },
  };
  for (const [name, problem] of Object.entries(problems)) {
    expect(await failureOf(pool.run(name, (rank) => ({ rank })))).toMatchObject(problem);
  }
  const cannotBePosted = pool.run('hold', (rank) => (rank === 1 ? () => {} : { rank: 2 }));
  expect(await failureOf(cannotBePosted)).toMatchObject({ kind: 'throw', rank: 1, name: 'DataCloneError' });
  const noTask = pool.run('step', () => {
    throw new Error('no task');
  });
  expect(await failureOf(noTask)).toMatchObject({ message: 'no task' });
  await expectToWork(shared);
});

test('an error in a thread that is idle is reported by the next run', async () => {
  expect(await shared.pool.run('afterwards', (rank) => ({ rank }))).toEqual([0, 1, 2]);
  let error: unknown;
  // The thread may be found broken before the next run, or break during one of the next.
  while (error === undefined) {
    await shared.steps(shared.control.commit + 1).catch((failure: unknown) => {
      error = failure;
    });
  }
  expect(error).toMatchObject({ kind: 'uncaught', name: 'ToyError', message: 'after the task' });
  await expectToWork(shared);
});

test('a worker file that cannot be loaded fails every run with the reason, and ends', async () => {
  const { data, control } = shared;
  const filename = new URL('./testing/no-such-worker.ts', import.meta.url);
  const pool = new ReplicaPool({ control, filename, workerData: data });
  for (let i = 0; i < 3; i++) {
    expect(await failureOf(pool.run('step', () => ({})))).toMatchObject({
      kind: 'uncaught',
      message: expect.stringContaining('no-such-worker'),
    });
  }
  await pool.destroy();
});
