import { join } from 'node:path';
import { encodeSafetensors } from '@lockstep/core';
import { kernelsSha256 } from '@lockstep/kernels';
import { writeCheckpoint } from './checkpoint.ts';
import type { EvaluatedSet } from './epoch-figures.ts';
import type { Evaluation } from './evaluation.ts';
import { type RunFaultPoint, runFaultPoint } from './faults.ts';
import { type FinalTest, finalTest, testMetrics } from './final-test.ts';
import { MetricsFile } from './metrics-file.ts';
import type { PreparedRun } from './prepare.ts';
import { outOfPatience, type Progress, progressAfter } from './progress.ts';
import { startEvent, summarise } from './run-facts.ts';
import { type RunConfig, runFiles, writeWhole } from './run-folder.ts';
import { type EpochMetrics, epochMetrics, type StepMetrics, stepMetrics, type TrainSummary } from './run-metrics.ts';
import type { RunTrainingOptions } from './run-training.ts';
import type { WeightsFacts } from './starting-state.ts';
import type { Trainer } from './trainer.ts';
import { writeReport } from './write-report.ts';

/** A run that is under way. */
export interface Run {
  readonly config: RunConfig;
  readonly prepared: PreparedRun;
  readonly trainer: Trainer;
  readonly runDir: string;
  /** All steps and epochs so far, those before a break included. */
  readonly steps: StepMetrics[];
  readonly epochs: EpochMetrics[];
  progress: Progress;
  /** At the end of a run whose epochs are judged by validation samples. */
  test?: FinalTest;
  readonly weights?: WeightsFacts | undefined;
}

/**
 * The loop: some steps at a time, now and then a checkpoint, and at the end of each epoch an evaluation, the weights and a
 * checkpoint. What comes next follows from the state and the progress alone, so that it goes on wherever it was broken off.
 */
export async function trainingLoop(run: Run, { onEvent, signal, fault }: RunTrainingOptions): Promise<TrainSummary> {
  const { config, prepared, trainer, runDir, steps, epochs } = run;
  const { patience, checkpointSeconds } = config.options;
  const judgedBy: EvaluatedSet = prepared.validation ? 'validation' : 'test';
  const metrics = await MetricsFile.open(runDir);
  const at = (moment: RunFaultPoint) => runFaultPoint(fault, trainer.step, moment);
  let saved = { step: -1, at: performance.now() };
  const save = async () => {
    await metrics.flush();
    await saveCheckpoint(run, at);
    saved = { step: trainer.step, at: performance.now() };
  };
  const stop = () => trainer.requestStop();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  onEvent?.(startEvent(run));
  let evaluation: Evaluation | undefined;
  try {
    for (;;) {
      const epoch = run.progress.epochs;
      const epochEnd = (epoch + 1) * trainer.epochSteps;
      if (trainer.step === epochEnd) {
        evaluation = await trainer.evaluate({ on: judgedBy });
        at('epoch');
        const line = epochMetrics(epoch, trainer.epochSteps, steps, judgedBy, evaluation);
        epochs.push(line);
        metrics.write({ event: 'epoch', ...line });
        onEvent?.({ event: 'epoch', ...line });
        at('model');
        await saveModel(run);
        run.progress = progressAfter(run.progress, line); // only now: a run that ended before does all of this again
        await save();
        continue;
      }
      if (trainer.step === trainer.steps || outOfPatience(run.progress, patience) || signal?.aborted) break;
      const start = performance.now();
      const before = trainer.dataTimes;
      const results = await trainer.run(epochEnd);
      const milliseconds = performance.now() - start;
      const { waitMs, loadMs } = trainer.dataTimes;
      const data = {
        dataWait: (waitMs - before.waitMs) / milliseconds,
        dataLoad: (loadMs - before.loadMs) / milliseconds,
      };
      for (const line of stepMetrics(results, milliseconds / 1000, trainer.epochSteps, data)) {
        steps.push(line);
        metrics.write({ event: 'step', ...line });
        onEvent?.({ event: 'step', ...line });
      }
      at('steps');
      if (trainer.step < epochEnd && performance.now() - saved.at >= checkpointSeconds * 1000) await save();
    }
    const interrupted = trainer.step < trainer.steps && !outOfPatience(run.progress, patience);
    if (interrupted && saved.step < trainer.step) await save();
    if (!interrupted && prepared.validation) {
      const warn = (message: string) => onEvent?.({ event: 'warning', message });
      run.test = await finalTest(run, warn);
      for (const line of testMetrics(run.test, run)) {
        metrics.write({ event: 'test', ...line });
        onEvent?.({ event: 'test', ...line });
      }
    } else if (!interrupted) evaluation ??= await trainer.evaluate(); // resumed after its last step
    await metrics.close();
    const summary = summarise(run);
    const shown = run.test ? { on: 'test' as const, evaluation: run.test.last } : { on: judgedBy, evaluation };
    const dataset = prepared[shown.on]!;
    await writeReport(runDir, { config, summary, ...shown, dataset, steps, epochs, interrupted });
    onEvent?.({ event: interrupted ? 'interrupted' : 'done', ...summary });
    return summary;
  } catch (error) {
    // What has been committed is not lost with the step that failed.
    await metrics.flush().catch(() => undefined);
    if (trainer.step > 0) await saveCheckpoint(run, at).catch(() => undefined);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    // It has been closed, or else what ended the run is what to tell.
    await metrics.close().catch(() => undefined);
  }
}

const saveModel = ({ runDir, trainer }: Run): Promise<void> =>
  writeWhole(join(runDir, runFiles.model), encodeSafetensors(trainer.state().model, { format: 'pt' }));

/** Writes where the run has got to. */
export async function saveCheckpoint(
  { config, prepared, runDir, trainer, progress }: Run,
  at?: (moment: RunFaultPoint) => void,
): Promise<void> {
  const facts = { kernelBuild: config.kernels, kernelsSha256: kernelsSha256(), shards: prepared.recipe.shards };
  const checkpoint = { state: trainer.state(), progress, facts };
  const keep = config.options.keepCheckpoints;
  await writeCheckpoint(join(runDir, runFiles.checkpoints), checkpoint, { keep, at });
}
