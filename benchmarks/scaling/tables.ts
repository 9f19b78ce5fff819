/** The text of `pnpm bench scaling`. */
import type { Point } from './measure.ts';
import type { Costs, Prediction } from './model.ts';

/** How much faster than one worker, beside how much more arithmetic the machine can do with as many threads. */
export function efficiency(point: Pick<Point, 'imagesPerSecond' | 'peak'>, alone: typeof point): number {
  return point.imagesPerSecond / alone.imagesPerSecond / (point.peak / alone.peak);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const count = (value: number): string => value.toFixed(value < 100 ? 1 : 0);

/** Columns to the right, as wide as they need be. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widths[i]! + (i === 0 ? 0 : 2))).join('')).join('\n');
}

export function pointsTable(points: readonly Point[]): string {
  const alone = points[0]!;
  return table([
    ['workers', 'batch', 'images/s', 'speed-up', 'peak', 'efficiency', 'step ms', 'computing', 'imbalance', 'barriers', 'reduction', 'copies'], // biome-ignore format: one line
    ...points.map((point) => [
      String(point.workers),
      String(point.batch),
      count(point.imagesPerSecond),
      (point.imagesPerSecond / alone.imagesPerSecond).toFixed(2),
      (point.peak / alone.peak).toFixed(2),
      percent(efficiency(point, alone)),
      point.stepMs.toFixed(2),
      ...[point.computeMs, point.imbalanceMs, point.barrierMs, point.reductionMs, point.copyMs].map((ms) =>
        percent(ms / point.stepMs),
      ),
    ]),
  ]);
}

export function costsTable({ imageMs, replicaMs, updateMs, byteMs, meetingMs, jitter, slowdowns }: Costs): string {
  return table([
    ['a sample, one worker', `${(imageMs * 1000).toFixed(1)} us`],
    ['a worker, whatever its samples', `${(replicaMs * 1000).toFixed(0)} us`],
    ['the update of all parameters', `${(updateMs * 1000).toFixed(0)} us`],
    ["reading others' memories", byteMs > 0 ? `${(1e-6 / byteMs).toFixed(1)} GB/s` : 'no cost found'],
    ['a meeting, each worker after the first', `${(meetingMs * 1000).toFixed(1)} us`],
    ['jitter of a worker', percent(jitter)],
    ...[...slowdowns].map(([workers, slowdown]) => [
      `arithmetic, ${workers} at once`,
      `${slowdown.toFixed(3)} times as long`,
    ]),
  ]);
}

/** Predictions beside what was measured, where it was. */
export function predictionsTable(
  rows: readonly { readonly name: string; readonly batch: number; readonly shards: number; readonly efficiency: number; readonly prediction: Prediction; readonly measuredMs?: number | undefined }[], // biome-ignore format: one line
): string {
  return table([
    ['', 'batch', 'shards', 'images/s', 'efficiency', 'step ms', 'measured', 'computing', 'imbalance', 'barriers', 'exchange', 'network'], // biome-ignore format: one line
    ...rows.map(({ name, batch, shards, efficiency: share, prediction, measuredMs }) => {
      const { stepMs, computeMs, imbalanceMs, barrierMs, exchangeMs, networkMs, imagesPerSecond } = prediction;
      return [
        name,
        String(batch),
        String(shards),
        count(imagesPerSecond),
        percent(share),
        stepMs.toFixed(2),
        measuredMs === undefined ? '' : measuredMs.toFixed(2),
        ...[computeMs, imbalanceMs, barrierMs, exchangeMs, networkMs].map((ms) => percent(ms / stepMs)),
      ];
    }),
  ]);
}
