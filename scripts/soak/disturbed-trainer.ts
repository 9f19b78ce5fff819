import type { Worker } from 'node:worker_threads';
import type { Generator } from '../../packages/core/src/index.ts';
import { probeKernels } from '../../packages/kernels/src/index.ts';
import {
  faultPoints,
  kernelsChoice,
  prepareRun,
  Trainer,
  trainOptionsSchema,
  weightsSha256,
} from '../../packages/trainer/src/index.ts';
import { type Configuration, chance, pick } from './configuration.ts';
import type { Tally } from './tally.ts';

/** All threads of this process. */
const threads = new Set<Worker>();
process.on('worker', (thread) => {
  threads.add(thread);
  thread.once('exit', () => threads.delete(thread));
});

/**
 * Trains in this process, while workers throw, exit, hang or are terminated, and their number changes.
 *
 * @returns the digest of the weights at the end
 */
export async function disturbedTrainer(
  { options, mostWorkers }: Configuration,
  random: Generator,
  tally: Tally,
): Promise<string> {
  const parsed = trainOptionsSchema.parse(options);
  const prepared = await prepareRun({ ...parsed, workers: 1 });
  const kernels = probeKernels(kernelsChoice(parsed.kernels).build);
  const anyWorkers = () => 1 + random.integer(mostWorkers);
  let resume = prepared.start?.state;
  for (;;) {
    const workers = anyWorkers();
    const kind = pick(random, ['throw', 'throw', 'exit', 'hang', 'terminate'] as const);
    const step = (resume?.step ?? 0) + random.integer(6);
    const fault =
      kind === 'terminate'
        ? undefined
        : { kind, step, rank: random.integer(workers), at: pick(random, faultPoints), times: 1 + random.integer(2) };
    const onWarning = (message: string) => tally.add(`worker replaced: ${kindOf(message)}`);
    await using trainer = new Trainer({ ...prepared, workers, kernels, resume, fault, onWarning, hangTimeoutMs: 1000 });
    const to = Math.min(trainer.steps, trainer.step + 4 + random.integer(12));
    while (trainer.step < to) {
      const timer = kind === 'terminate' ? setTimeout(terminateOne, random.uniform(0, 60), random) : undefined;
      await trainer.run(to);
      clearTimeout(timer);
      if (trainer.step < to && chance(random, 0.3)) {
        await trainer.resize(anyWorkers());
        tally.add('resize in a run');
      }
    }
    resume = trainer.state();
    if (trainer.step === trainer.steps) return weightsSha256(resume.model);
  }
}

function terminateOne(random: Generator): void {
  const running = [...threads];
  if (running.length > 0) void pick(random, running).terminate();
}

/** From "worker 1 failed at step 3 (hang: …". */
const kindOf = (message: string): string => /\((\S+):/.exec(message)?.[1] ?? message;
