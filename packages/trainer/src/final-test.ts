import { join } from 'node:path';
import { checkpointName, readCheckpoint } from './checkpoint.ts';
import { TrainerError } from './errors.ts';
import type { Evaluation } from './evaluation.ts';
import { reasonOf } from './reason.ts';
import { runFiles } from './run-folder.ts';
import type { TestMetrics } from './run-metrics.ts';
import type { Run } from './training-loop.ts';

/** What the test set says of a run whose epochs were judged by other samples. */
export interface FinalTest {
  /** Of the weights at the end. */
  readonly last: Evaluation;
  /** Of those after the best epoch; undefined if their checkpoint cannot be read. */
  readonly best: Evaluation | undefined;
}

/**
 * Tests the weights at the end of a run, and those of the best epoch, which are in its checkpoint.
 *
 * @param warn told if that cannot be read
 */
export async function finalTest(
  { trainer, runDir, progress }: Pick<Run, 'trainer' | 'runDir' | 'progress'>,
  warn: (message: string) => void,
): Promise<FinalTest> {
  const last = await trainer.evaluate();
  const { best } = progress;
  if (!best || best.step === trainer.step) return { last, best: last };
  try {
    const { state } = await readCheckpoint(join(runDir, runFiles.checkpoints, checkpointName(best.step)));
    return { last, best: await trainer.evaluate({ model: state.model }) };
  } catch (error) {
    if (!(error instanceof TrainerError)) throw error;
    warn(`${reasonOf(error)}; the weights of the best epoch, ${best.epoch}, are not tested`);
    return { last, best: undefined };
  }
}

/** A line for each weights that were tested: the last, and the best if those are others. */
export function testMetrics(
  { last, best }: FinalTest,
  { trainer, progress }: Pick<Run, 'trainer' | 'progress'>,
): TestMetrics[] {
  const line = (epoch: number, steps: number, { loss, accuracy }: Evaluation): TestMetrics => ({
    ...{ epoch, steps, testLoss: loss, testAccuracy: accuracy },
  });
  const lines = [line(progress.epochs, trainer.step, last)];
  if (best && best !== last) lines.push(line(progress.best!.epoch, progress.best!.step, best));
  return lines;
}
