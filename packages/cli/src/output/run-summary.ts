import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RunFacts, runFiles, type TrainSummary } from '@lockstep/trainer';
import { quoted } from '../run/program-name.ts';
import type { Colors } from './colors.ts';
import { formatCount, formatDuration, formatLoss, formatShare } from './format.ts';
import { table } from './table.ts';

type Summarise = (summary: TrainSummary, facts: RunFacts | undefined, program: string, colors: Colors) => string[];

/** What was made, and what to do with it. */
export const doneSummary: Summarise = (summary, facts, program, { bold, green, cyan, dim }) => {
  const { runDir, testAccuracy, testLoss, epochs, seconds, imagesPerSecond, bestTestAccuracy, bestEpoch } = summary;
  const { bestValidationAccuracy = bestTestAccuracy } = summary;
  const run = quoted(runDir);
  const files = [
    [runFiles.model, 'the trained weights'],
    [runFiles.report, 'curves, confusion matrix, the worst mistakes'],
    [runFiles.metrics, 'every step and epoch'],
    [`${runFiles.checkpoints}/`, 'what --resume goes on from'],
    [runFiles.config, 'all settings'],
  ];
  const next = [
    [`${program} predict --run ${run} PICTURE…`, 'classify pictures'],
    [`${program} eval --run ${run}`, 'test it again'],
  ];
  return [
    '',
    `${bold(green(`${formatShare(testAccuracy)} test accuracy`))} (loss ${formatLoss(testLoss)}) after ${epochs} ` +
      // The time of a run with a break in it says nothing.
      `${epochs === 1 ? 'epoch' : 'epochs'}${facts?.step === 0 ? ` in ${formatDuration(seconds)}` : ''}, ${formatCount(imagesPerSecond)} images/s`,
    ...validated(summary),
    ...(summary.stoppedEarly
      ? [`Stopped early: no epoch was better than epoch ${bestEpoch}, with ${formatShare(bestValidationAccuracy)}`]
      : []),
    ...(summary.dataWait >= 0.02
      ? [
          `Waited ${formatShare(summary.dataWait, 0)} of the time for pictures to be decoded: with a higher --memory-limit more of them stay`,
        ]
      : []),
    dim(`weights ${summary.weightsSha256}`),
    '',
    `Made ${bold(runDir)}`,
    ...table(files).map((line) => `  ${line}`),
    '',
    'Next',
    ...next.flatMap(([command, does]) => [`  ${cyan(command!)}`, `      ${does}`]),
    `  ${cyan(fileUrl(runDir))}`,
    '      the report, for a browser',
  ];
};

/** What the validation samples say, and which epoch they prefer. */
function validated(summary: TrainSummary): string[] {
  const { validationAccuracy, validationLoss, bestValidationAccuracy, bestEpoch, bestTestAccuracy, epochs } = summary;
  if (validationAccuracy === undefined) return [];
  const last = `${formatShare(validationAccuracy)} validation accuracy (loss ${formatLoss(validationLoss ?? null)})`;
  if (bestEpoch === epochs) return [`${last}, the best of all epochs`];
  return [
    `${last}; epoch ${bestEpoch} was the best, with ${formatShare(bestValidationAccuracy ?? null)}: ` +
      `its weights, in ${runFiles.checkpoints}/, have ${formatShare(bestTestAccuracy)} test accuracy`,
  ];
}

/** How to go on. */
export const interruptedSummary: Summarise = ({ steps, runDir }, facts, program, { bold, cyan }) => [
  '',
  `${bold(`Interrupted after step ${formatCount(steps)}${facts ? ` of ${formatCount(facts.steps)}` : ''}`)}, with a checkpoint: nothing is lost.`,
  'To go on, to the same bits as without the break:',
  `  ${cyan(`${program} train --resume ${quoted(runDir)}`)}`,
];

const fileUrl = (runDir: string): string => pathToFileURL(join(runDir, runFiles.report)).href;
