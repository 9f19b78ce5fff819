import { createHash } from 'node:crypto';
import { probeKernels } from '@lockstep/kernels';
import { TrainerError } from './errors.ts';
import { kernelsChoice, type TrainOptionsInput, trainOptionsSchema } from './options.ts';
import { prepareRun } from './prepare.ts';
import { weightsSha256 } from './state-digest.ts';
import { type StepResult, Trainer } from './trainer.ts';

/** What a training came to with one number of workers. */
export interface VerifyResult {
  readonly workers: number;
  readonly steps: number;
  readonly weightsSha256: string;
  /** Of the optimiser's state. */
  readonly optimizerSha256: string;
  /** Of what was told of each step, and of an evaluation at the end. */
  readonly metricsSha256: string;
  /** Mean loss of the last step. */
  readonly loss: number;
}

/**
 * Trains the same steps with each number of workers, from the same start, and digests the weights with the running statistics,
 * the optimiser's state and the metrics: they are the same to the bit, or something is broken.
 */
export async function* verifyWorkers(
  input: TrainOptionsInput,
  workerCounts: readonly number[],
  steps: number,
): AsyncGenerator<VerifyResult> {
  const options = trainOptionsSchema.parse(input);
  const kernels = probeKernels(kernelsChoice(options.kernels).build);
  // The most workers first of all: if they don't fit, it shows before anything is trained.
  const prepared = await prepareRun({ ...options, workers: Math.max(...workerCounts) });
  for (const workers of workerCounts) {
    await using trainer = new Trainer({ ...prepared, workers, kernels, resume: prepared.start?.state });
    if (steps > trainer.steps) {
      throw new TrainerError(
        'TRAINER_OPTIONS',
        `expected at most ${trainer.steps} steps, which is the whole training, got ${steps}: use more --epochs`,
      );
    }
    const results: StepResult[] = [];
    while (trainer.step < steps) results.push(...(await trainer.run(steps)));
    const state = trainer.state();
    const evaluations = [await trainer.evaluate()];
    if (prepared.validation) evaluations.push(await trainer.evaluate({ on: 'validation' }));
    const metrics = JSON.stringify([results, ...evaluations]); // JSON writes as many digits as a number has
    yield {
      workers,
      steps,
      weightsSha256: weightsSha256(state.model),
      optimizerSha256: weightsSha256(
        new Map(state.optimiser.map((data, i) => [String(i), { shape: [data.length], data }])),
      ),
      metricsSha256: createHash('sha256').update(metrics).digest('hex'),
      loss: results.at(-1)?.loss ?? Number.NaN,
    };
  }
}
