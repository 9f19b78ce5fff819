/**
 * What a step costs on other numbers of workers and hosts than were measured. Its formulas are in docs/scaling.md.
 *
 * Times are in milliseconds of one step; what is said of a worker is the mean over the workers.
 */
import { ownedSubtrees, workerShards } from '@lockstep/core';

/** What there is to do in a step: known without measuring. */
export interface Workload {
  /** Samples, over all workers and hosts. */
  readonly batch: number;
  /** Logical shards of the batch; at least one a worker. */
  readonly shards: number;
  /** Length of the vector of all parameters. */
  readonly parameterFloats: number;
  /** Exchanges of statistics: two a batch norm, forward and backward. */
  readonly exchanges: number;
  /** Bytes of statistics of one shard in all those exchanges. */
  readonly rowBytes: number;
}

/** What one number of workers was measured to take, in the parts of `StepTimes`. */
export interface Measurement {
  readonly workers: number;
  readonly workload: Workload;
  readonly computeMs: number;
  readonly imbalanceMs: number;
  readonly barrierMs: number;
  /** Reduction, update and copies. */
  readonly exchangeMs: number;
  /** GFLOP/s of all cores in use, each with a register tile, at once. */
  readonly peak: number;
}

/** What is fitted. */
export interface Costs {
  /** A sample, by one worker that has the machine to itself. */
  readonly imageMs: number;
  /** What every worker does alike, however few its samples: packing weights, and the way from the main thread and back. */
  readonly replicaMs: number;
  /** The update of all parameters by one worker. */
  readonly updateMs: number;
  /** A byte read from another worker's memory; one over the bandwidth of a worker. */
  readonly byteMs: number;
  /** A meeting of two, from the last arrival on; each further worker adds as much. */
  readonly meetingMs: number;
  /** Standard deviation of a worker's time between meetings, relative to it. */
  readonly jitter: number;
  /** How many times longer the same arithmetic takes where so many workers are at it; by number of workers, from 1 on. */
  readonly slowdowns: ReadonlyMap<number, number>;
}

export interface Prediction {
  readonly computeMs: number;
  readonly imbalanceMs: number;
  readonly barrierMs: number;
  readonly exchangeMs: number;
  /** Between hosts. */
  readonly networkMs: number;
  readonly stepMs: number;
  readonly imagesPerSecond: number;
}

/** What joins the hosts. */
export interface Network {
  /** From one host to another. */
  readonly latencyMs: number;
  readonly bytesPerMs: number;
}

/** Meetings of a step: the exchanges', that of the gradients, that of the commit. */
export const meetings = ({ exchanges }: Workload): number => exchanges + 2;

/** Bytes that a worker reads of the others in a step; see `SharedCollective`. */
export function readBytes({ shards, parameterFloats, rowBytes }: Workload, workers: number): number {
  const subtrees = Array.from(
    { length: workers },
    (_, rank) => ownedSubtrees({ begin: 0, end: shards }, workerShards(rank, workers, shards)).length,
  ).reduce((a, b) => a + b);
  const others = 1 - 1 / workers;
  const [partials, parameters] = [(subtrees * 4 * parameterFloats) / workers, 4 * parameterFloats];
  return others * (partials + parameters + shards * rowBytes);
}

/**
 * The costs with which the model comes closest to what was measured: least squares of the relative errors, no cost below 0.
 *
 * @param measurements of one worker and of more
 */
export function fitCosts(measurements: readonly Measurement[]): Costs {
  const alone = measurements.find(({ workers }) => workers === 1);
  const several = measurements.filter(({ workers }) => workers > 1);
  if (!alone || several.length === 0) throw new Error('the model needs measurements of 1 worker and of more');
  const slowdowns = new Map(measurements.map(({ workers, peak }) => [workers, (workers * alone.peak) / peak]));

  const [imageMs, replicaMs] = fitTwo(
    measurements.map(({ workers, workload, computeMs }) => {
      const slowdown = slowdowns.get(workers)!;
      return [(slowdown * workload.batch) / workers, slowdown, computeMs];
    }),
  );
  const [updateMs, byteMs] = fitTwo(
    measurements.map(({ workers, workload, exchangeMs }) => [1 / workers, readBytes(workload, workers), exchangeMs]),
  );
  const meetingMs = mean(
    several.map(({ workers, workload, barrierMs }) => barrierMs / meetings(workload) / (workers - 1)),
  );
  const jitter = mean(
    several.map(({ workers, workload, computeMs, imbalanceMs }) => {
      const uneven = unevenImages(workload, workers) * imageMs * slowdowns.get(workers)!;
      return Math.max(0, imbalanceMs - uneven) / computeMs / expectedMaximum(workers);
    }),
  );
  return { imageMs, replicaMs, updateMs, byteMs, meetingMs, jitter, slowdowns };
}

/** @param hostBytesPerMs what the memory of the machine can pass on to all workers together. Default: no limit */
export function predict(
  costs: Costs,
  workload: Workload,
  workers: number,
  hostBytesPerMs = Number.POSITIVE_INFINITY,
): Prediction {
  return predictHosts(costs, workload, { workers, hostBytesPerMs });
}

/**
 * @param workload of all hosts together
 * @param cluster workers a host, and how the hosts are joined: gradients by a ring, statistics by a tree there and back
 */
export function predictHosts(
  costs: Costs,
  workload: Workload,
  {
    workers,
    hosts = 1,
    network = { latencyMs: 0, bytesPerMs: Number.POSITIVE_INFINITY },
    hostBytesPerMs = Number.POSITIVE_INFINITY,
  }: {
    readonly workers: number;
    readonly hosts?: number;
    readonly network?: Network;
    readonly hostBytesPerMs?: number;
  },
): Prediction {
  const all = workers * hosts;
  const slowdown = slowdownOf(costs, workers);
  const computeMs = slowdown * ((workload.batch / all) * costs.imageMs + costs.replicaMs);
  const uneven = slowdown * unevenImages(workload, all) * costs.imageMs;
  const imbalanceMs = uneven + costs.jitter * expectedMaximum(all) * computeMs;
  const barrierMs = meetings(workload) * costs.meetingMs * (workers - 1);
  const byteMs = Math.max(costs.byteMs, workers / hostBytesPerMs);
  const shards = Math.max(workers, Math.round(workload.shards / hosts));
  const exchangeMs = costs.updateMs / all + readBytes({ ...workload, shards }, workers) * byteMs;
  const networkMs = hosts === 1 ? 0 : ringMs(workload, hosts, network) + statisticsMs(workload, hosts, network);
  const stepMs = computeMs + imbalanceMs + barrierMs + exchangeMs + networkMs;
  return {
    computeMs,
    imbalanceMs,
    barrierMs,
    exchangeMs,
    networkMs,
    stepMs,
    imagesPerSecond: (workload.batch * 1000) / stepMs,
  };
}

/** All-reduce of the gradients in a ring of hosts: reduce-scatter and all-gather. */
export function ringMs({ parameterFloats }: Workload, hosts: number, { latencyMs, bytesPerMs }: Network): number {
  return 2 * (hosts - 1) * (latencyMs + (4 * parameterFloats) / hosts / bytesPerMs);
}

/**
 * The exchanges of statistics: for each the latency of a tree, up and down again, and the bytes of a row of every other host,
 * which has combined its shards' rows.
 */
export function statisticsMs(
  { exchanges, rowBytes }: Workload,
  hosts: number,
  { latencyMs, bytesPerMs }: Network,
): number {
  return exchanges * 2 * Math.ceil(Math.log2(hosts)) * latencyMs + ((hosts - 1) * rowBytes) / bytesPerMs;
}

/** How many samples the busiest worker has more than the mean one. */
const unevenImages = ({ batch, shards }: Workload, workers: number): number =>
  (Math.ceil(shards / workers) - shards / workers) * (batch / shards);

/** Beyond what was measured as for the most workers that were. */
export function slowdownOf({ slowdowns }: Pick<Costs, 'slowdowns'>, workers: number): number {
  const numbers = [...slowdowns.keys()].sort((a, b) => a - b);
  return slowdowns.get(numbers.findLast((number) => number <= workers)!)!;
}

/**
 * The mean of the largest of n independent values of the normal distribution with mean 0 and standard deviation 1: how late
 * the last of n workers is. ∫ (1 − Φⁿ) over x > 0 less ∫ Φⁿ over x < 0, by the trapezoidal rule.
 */
export function expectedMaximum(n: number): number {
  const step = 1 / 256;
  let [phi, sum] = [0, 0];
  const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  for (let i = -2048; i < 2048; i++) {
    const x = i * step;
    const next = phi + (step * (density(x) + density(x + step))) / 2;
    const [left, right] = [phi ** n, next ** n];
    sum += (step * (x < 0 ? -left - right : 2 - left - right)) / 2;
    phi = next;
  }
  return sum;
}

/** p and q, neither below 0, with the least Σ ((a·p + b·q − y) / y)². */
function fitTwo(equations: readonly (readonly [a: number, b: number, y: number])[]): [p: number, q: number] {
  let [aa, ab, bb, ay, by] = [0, 0, 0, 0, 0];
  for (const [a, b, y] of equations) {
    if (y <= 0) continue;
    aa += (a / y) ** 2;
    ab += (a * b) / y ** 2;
    bb += (b / y) ** 2;
    ay += a / y;
    by += b / y;
  }
  const determinant = aa * bb - ab * ab;
  const [p, q] = [(ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant];
  if (p >= 0 && q >= 0) return [p, q];
  // The least lies on an edge then: one of them is 0.
  const single = (numerator: number, denominator: number) => (denominator > 0 ? numerator / denominator : 0);
  return p < 0 ? [0, single(by, bb)] : [single(ay, aa), 0];
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
