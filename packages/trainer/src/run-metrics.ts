import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadProgress } from '@lockstep/data';
import { type EvaluatedSet, namedFigures } from './epoch-figures.ts';
import type { Evaluation } from './evaluation.ts';
import type { ReportEpoch, ReportStep } from './report/index.ts';
import { runFiles, writeWhole } from './run-folder.ts';
import type { WeightsFacts } from './starting-state.ts';
import type { StepResult } from './trainer.ts';

/** What some steps spent on data, as shares of their time. */
export interface DataShares {
  /** In which no step could begin, as its pictures were not decoded yet. */
  readonly dataWait: number;
  /** That the workers spent with pictures that were: reading, augmenting, normalising. */
  readonly dataLoad: number;
}

/** A step, as a line of `metrics.jsonl` has it. */
export interface StepMetrics extends ReportStep, DataShares {
  readonly samples: number;
  readonly correct: number;
}

/** An epoch, as a line of `metrics.jsonl` has it. */
export interface EpochMetrics extends ReportEpoch, DataShares {
  /** Of the epoch's last step. */
  readonly learningRate: number;
  /** Steps taken so far. */
  readonly steps: number;
}

/** The test of the weights of an epoch at the end of a run whose epochs were judged by validation samples, as a line of `metrics.jsonl` has it. */
export interface TestMetrics {
  /** From 1: the last, or the best. */
  readonly epoch: number;
  /** Steps taken by then. */
  readonly steps: number;
  readonly testLoss: number;
  readonly testAccuracy: number;
}

/** How a run ended. Accuracies are shares in [0, 1]; what was never measured is null. */
export interface TrainSummary extends DataShares {
  /** Of the weights at the end. */
  readonly testAccuracy: number | null;
  readonly testLoss: number | null;
  /** Of the weights of the best epoch. */
  readonly bestTestAccuracy: number | null;
  /** With samples for validation: those of the last epoch, and of the best. */
  readonly validationAccuracy?: number | null;
  readonly validationLoss?: number | null;
  readonly bestValidationAccuracy?: number | null;
  /** The epoch with the highest validation accuracy, or where there is none test accuracy; from 1. */
  readonly bestEpoch: number | null;
  /** Whether it ended before its last epoch, as no epoch had been better for so long. */
  readonly stoppedEarly: boolean;
  /** Of training alone, without evaluation. */
  readonly imagesPerSecond: number;
  /** Since the run began, breaks included. */
  readonly seconds: number;
  /** Epochs finished. */
  readonly epochs: number;
  readonly steps: number;
  readonly parameters: number;
  readonly workers: number;
  readonly shards: number;
  readonly kernels: string;
  readonly weightsSha256: string;
  readonly runDir: string;
}

/** What a run is about, before its first step. */
export interface RunFacts {
  readonly runDir: string;
  readonly model: string;
  readonly data: string;
  readonly parameters: number;
  /** How many of them are trained, where some are frozen. */
  readonly trainedParameters?: number;
  readonly trainSamples: number;
  /** Where some are kept for validation. */
  readonly validationSamples?: number;
  readonly testSamples: number;
  /** Pictures of all that are not kept in memory, but decoded when they are needed. */
  readonly streamedSamples: number;
  /** Bytes of memory for decoded pictures, and never more. */
  readonly pictureBytes: number;
  readonly epochs: number;
  readonly steps: number;
  /** Steps that had been taken before, if the run goes on. */
  readonly step: number;
  readonly batch: number;
  readonly workers: number;
  readonly shards: number;
  readonly kernels: string;
  /** What the workers can reach at most if their number does not divide the shards: V/(N·⌈V/N⌉). */
  readonly efficiencyBound: number;
  readonly memoryBytes: number;
  /** What became of the file of weights, if the run began with one. */
  readonly weights?: WeightsFacts | undefined;
}

/** What a run tells as it goes. */
export type TrainEvent =
  | ({ readonly event: 'loading' } & LoadProgress)
  | ({ readonly event: 'start' } & RunFacts)
  | ({ readonly event: 'step' } & StepMetrics)
  | ({ readonly event: 'epoch' } & EpochMetrics)
  | ({ readonly event: 'test' } & TestMetrics)
  | { readonly event: 'warning'; readonly message: string }
  | ({ readonly event: 'done' | 'interrupted' } & TrainSummary);

/** The lines of some steps that took a time together. */
export function stepMetrics(
  results: readonly StepResult[],
  seconds: number,
  epochSteps: number,
  data: DataShares,
): StepMetrics[] {
  const imagesPerSecond = results.reduce((sum, { samples }) => sum + samples, 0) / seconds;
  return results.map(({ step, samples, loss, correct, learningRate }) => ({
    step,
    epoch: (step + 1) / epochSteps,
    samples,
    loss,
    correct,
    accuracy: correct / samples,
    learningRate,
    imagesPerSecond,
    ...data,
  }));
}

/** The line of an epoch, from 0, and the steps of it that are known of: all, unless somebody has removed the file. */
export function epochMetrics(
  epoch: number,
  epochSteps: number,
  allSteps: readonly StepMetrics[],
  on: EvaluatedSet,
  evaluation: Evaluation,
): EpochMetrics {
  const end = (epoch + 1) * epochSteps;
  const steps = allSteps.filter(({ step }) => step >= end - epochSteps && step < end);
  const sum = (value: (step: StepMetrics) => number): number => steps.reduce((total, step) => total + value(step), 0);
  const samples = sum((step) => step.samples);
  const seconds = trainingSeconds(steps);
  return {
    epoch: epoch + 1,
    trainLoss: sum((step) => step.loss * step.samples) / samples,
    trainAccuracy: sum((step) => step.correct) / samples,
    ...namedFigures(on, evaluation),
    seconds,
    imagesPerSecond: samples / seconds,
    ...dataShares(steps),
    learningRate: steps.at(-1)?.learningRate ?? Number.NaN,
    steps: end,
  };
}

const stepSeconds = ({ samples, imagesPerSecond }: StepMetrics): number => samples / imagesPerSecond;

/** How long some steps took. */
export const trainingSeconds = (steps: readonly StepMetrics[]): number =>
  steps.reduce((sum, step) => sum + stepSeconds(step), 0);

/** What some steps spent on data, all together. */
export function dataShares(steps: readonly StepMetrics[]): DataShares {
  const seconds = trainingSeconds(steps);
  const share = (field: keyof DataShares): number =>
    steps.reduce((sum, step) => sum + step[field] * stepSeconds(step), 0) / seconds;
  return { dataWait: share('dataWait'), dataLoad: share('dataLoad') };
}

/**
 * The metrics of the steps and epochs that are done, for a run that goes on from there; lines after them are taken out of the file.
 */
export async function readMetrics(
  runDir: string,
  done: { readonly step: number; readonly epochs: number },
): Promise<{ steps: StepMetrics[]; epochs: EpochMetrics[] }> {
  const path = join(runDir, runFiles.metrics);
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n').flatMap(parseLine);
  const kept = lines.filter((line) => (line.event === 'step' ? line.step < done.step : line.epoch <= done.epochs));
  await writeWhole(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return {
    steps: kept.filter((line) => line.event === 'step').map(({ event: _, ...line }) => line),
    epochs: kept.filter((line) => line.event === 'epoch').map(({ event: _, ...line }) => line),
  };
}

type Line = ({ readonly event: 'step' } & StepMetrics) | ({ readonly event: 'epoch' } & EpochMetrics);

/** A line that a crash has cut short says nothing. */
function parseLine(text: string): Line[] {
  try {
    const line = JSON.parse(text) as Line;
    return line.event === 'step' || line.event === 'epoch' ? [line] : [];
  } catch {
    return [];
  }
}
