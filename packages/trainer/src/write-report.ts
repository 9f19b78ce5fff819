import { join } from 'node:path';
import { type ImageDataset, pictureOf } from '@lockstep/data';
import type { EvaluatedSet } from './epoch-figures.ts';
import type { Evaluation, Mistake } from './evaluation.ts';
import { buildReport, type ReportMistake } from './report/index.ts';
import { type RunConfig, runFiles, writeWhole } from './run-folder.ts';
import type { EpochMetrics, StepMetrics, TrainSummary } from './run-metrics.ts';

/** How many of the worst mistakes the report shows. */
const shownMistakes = 24;

/** Writes `report.html` of a run. */
export async function writeReport(
  runDir: string,
  run: {
    readonly config: RunConfig;
    readonly summary: TrainSummary;
    /** The last one; undefined before the first epoch has ended. */
    readonly evaluation: Evaluation | undefined;
    /** What it is of. */
    readonly on: EvaluatedSet;
    readonly dataset: ImageDataset;
    readonly steps: readonly StepMetrics[];
    readonly epochs: readonly EpochMetrics[];
    readonly interrupted: boolean;
  },
): Promise<void> {
  const { config, summary, evaluation, on, dataset, steps, epochs } = run;
  const { recipe: _, machine, ...rest } = config;
  const html = await buildReport({
    title: `${config.options.model} on ${config.options.data}`,
    created: config.created,
    summary: {
      ...summary,
      testAccuracy: summary.testAccuracy ?? Number.NaN,
      testLoss: summary.testLoss ?? Number.NaN,
      bestTestAccuracy: summary.bestTestAccuracy ?? Number.NaN,
    },
    epochs,
    steps,
    classes: config.classes,
    evaluated: on,
    confusion: evaluation?.confusion ?? [],
    worst: await Promise.all(
      (evaluation?.mistakes ?? []).slice(0, shownMistakes).map((mistake) => withPicture(mistake, dataset)),
    ),
    config: { ...rest.options, workers: config.workers, shards: summary.shards },
    machine,
    interrupted: run.interrupted,
    nextCommands: [
      `npx -y pnpm@12 lockstep eval --run ${runDir}`,
      `npx -y pnpm@12 lockstep predict --run ${runDir} PICTURE…`,
    ],
  });
  await writeWhole(join(runDir, runFiles.report), html);
}

const withPicture = async (mistake: Mistake, dataset: ImageDataset): Promise<ReportMistake> => ({
  ...mistake,
  image: await pictureOf(dataset, mistake.index),
});
