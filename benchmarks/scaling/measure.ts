/** The measuring of `pnpm bench scaling`: points in turns, each in a process of its own, and the machine's peak beside them. */
import { availableParallelism } from 'node:os';
import { execPath } from 'node:process';
import { createModel, resolveGraph, stateLayout } from '@lockstep/core';
import { median } from '../median.ts';
import { flags, measured } from '../rows.ts';
import type { Measurement, Workload } from './model.ts';

export interface Network {
  readonly model: string;
  readonly size: number;
  readonly channels: number;
}

/** A number of workers with a batch. */
interface Setting {
  readonly workers: number;
  readonly batch: number;
}

/** What a setting was measured to do; the parts of a step are means over steps and workers, and add up to it. */
export interface Point extends Setting {
  readonly imagesPerSecond: number;
  readonly shards: number;
  readonly peak: number;
  readonly stepMs: number;
  readonly computeMs: number;
  readonly imbalanceMs: number;
  readonly barrierMs: number;
  readonly reductionMs: number;
  readonly copyMs: number;
  readonly meetings: number;
  readonly readBytes: number;
}

/** The last line of `bench step --times --json`. */
interface StepLine {
  readonly imagesPerSecond: number;
  readonly shards: number;
  readonly kernels: string;
  readonly times: Omit<Point, 'workers' | 'batch' | 'imagesPerSecond' | 'shards' | 'peak'>;
}

export interface ScalingOptions extends Network {
  readonly batch: number;
  readonly workers: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
}

export interface Scaling {
  readonly kernels: string;
  /** The batch is the same for all numbers of workers. */
  readonly strong: readonly Point[];
  /** The batch grows with the workers. */
  readonly weak: readonly Point[];
}

/** Rounds in turns, so that what else happens on the machine meets all points; of each point the median round by its rate. */
export function measureScaling(options: ScalingOptions): Scaling {
  const { model, size, channels, workers, batch, seconds, rounds } = options;
  const strong = workers.map((number): Setting => ({ workers: number, batch }));
  const weak = workers.map((number): Setting => ({ workers: number, batch: batch * number }));
  const several = weak.filter((setting) => setting.workers > 1);
  const settings = [...strong, ...several];
  const lines = settings.map((): StepLine[] => []);
  const peaks: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    settings.forEach((setting, i) => {
      lines[i]!.push(measureStep({ model, size, channels, ...setting, seconds }));
    });
    peaks.push(measurePeaks(lines[0]![0]!.kernels, workers));
  }
  const points = settings.map((setting, i): Point => {
    const { imagesPerSecond, shards, times } = lines[i]!.toSorted((a, b) => a.imagesPerSecond - b.imagesPerSecond)[
      Math.floor(rounds / 2)
    ]!;
    const peak = median(peaks.map((round) => round[workers.indexOf(setting.workers)]!));
    return { ...setting, imagesPerSecond, shards, peak, ...times };
  });
  return {
    kernels: lines[0]![0]!.kernels,
    strong: points.slice(0, strong.length),
    weak: weak.map((setting, i) => points[setting.workers > 1 ? strong.length + several.indexOf(setting) : i]!),
  };
}

const measureStep = (options: Network & Setting & { seconds: number }): StepLine =>
  measured<StepLine>(execPath, [`${import.meta.dirname}/../main.ts`, 'step', ...flags(options), '--times', '--json']);

/** GFLOP/s for each number of workers; more workers than cores have all cores. */
function measurePeaks(build: string, workers: readonly number[]): number[] {
  const threads = workers.map((number) => Math.min(number, availableParallelism()));
  return measured<number[]>(execPath, [`${import.meta.dirname}/peak.ts`, build, ...threads]);
}

/** What the model wants to know of a network. */
export function workloadOf(
  { model, size, channels }: Network,
  { batch, shards }: Pick<Point, 'batch' | 'shards'>,
): Workload {
  const resolved = resolveGraph(createModel(model, { inputShape: [size, size, channels], classes: 10 }));
  const rows = resolved.nodes.map(({ layer, options, inputs }) => layer.rowBytes(options, inputs));
  return {
    batch,
    shards,
    parameterFloats: stateLayout(resolved).parameterFloats,
    exchanges: 2 * rows.filter((bytes) => bytes > 0).length,
    rowBytes: 2 * rows.reduce((a, b) => a + b, 0),
  };
}

/** All points once, as the model takes them. */
export function measurements(network: Network, { strong, weak }: Scaling): Measurement[] {
  return [...strong, ...weak.filter(({ workers }) => workers > 1)].map((point) => ({
    ...point,
    workload: workloadOf(network, point),
    exchangeMs: point.reductionMs + point.copyMs,
  }));
}
