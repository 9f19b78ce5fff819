/**
 * How a training step scales with the workers: images/s, efficiency, and where the time goes; strong scaling (the batch stays)
 * and weak scaling (the batch grows with the workers). Then a cost model fitted to it, and what it predicts. docs/scaling.md
 * says what all of it means.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { stdout, version } from 'node:process';
import { parseArgs } from 'node:util';
import { measurements, measureScaling, type Point, type Scaling, type ScalingOptions, workloadOf } from './scaling/measure.ts'; // biome-ignore format: one line
import {
  type Costs,
  fitCosts,
  meetings,
  type Network,
  type Prediction,
  predictHosts,
  readBytes,
  slowdownOf,
} from './scaling/model.ts';
import { costsTable, efficiency, pointsTable, predictionsTable } from './scaling/tables.ts';

interface Options extends ScalingOptions {
  readonly json: boolean;
  readonly picture: string | undefined;
  /** Microseconds and Gbit/s from one host to another. */
  readonly latency: number;
  readonly bandwidth: number;
  /** GB/s of the machine's memory for all workers together. */
  readonly memory: number;
}

function parse(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: 'string', default: 'resnet20' },
      size: { type: 'string', default: '32' },
      channels: { type: 'string', default: '3' },
      batch: { type: 'string', default: '128' },
      workers: { type: 'string' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      latency: { type: 'string', default: '50' },
      bandwidth: { type: 'string', default: '10' },
      memory: { type: 'string' },
      picture: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const number = (
    name: 'size' | 'channels' | 'batch' | 'seconds' | 'rounds' | 'latency' | 'bandwidth' | 'memory',
  ): number => {
    const value = Number(values[name]);
    if (value > 0 && Number.isFinite(value)) return value;
    throw new Error(`--${name}: expected a number above 0, got "${values[name]}"`);
  };
  const cores = Array.from({ length: availableParallelism() }, (_, i) => i + 1);
  const workers = values.workers === undefined ? cores : [...new Set(values.workers.split(',').map(Number))];
  if (workers[0] !== 1 || workers.some((n, i) => !Number.isInteger(n) || n < (workers[i - 1] ?? 0))) {
    throw new Error(`--workers: expected ascending whole numbers from 1 on, such as 1,2,4, got "${values.workers}"`);
  }
  const { model, json, picture } = values;
  if (picture !== undefined && !/\.(png|svg)$/.test(picture)) {
    throw new Error(`--picture: expected the name of a .png or .svg, got "${picture}"`);
  }
  return {
    model,
    json,
    picture,
    workers,
    size: number('size'),
    channels: number('channels'),
    batch: number('batch'),
    seconds: number('seconds'),
    rounds: number('rounds'),
    latency: number('latency'),
    bandwidth: number('bandwidth'),
    memory: values.memory === undefined ? Number.POSITIVE_INFINITY : number('memory'),
  };
}

interface Predicted {
  readonly name: string;
  readonly workers: number;
  readonly hosts: number;
  readonly batch: number;
  readonly shards: number;
  readonly batchNorm: 'sync' | 'ghost';
  readonly efficiency: number;
  readonly prediction: Prediction;
  readonly measuredMs: number | undefined;
}

/** What the model says of more workers and more hosts; of as many shards as workers where there would be fewer. */
function predictions(options: Options, { strong, weak }: Scaling, costs: Costs): Predicted[] {
  const alone = strong[0]!;
  const most = strong.at(-1)!.workers;
  const network: Network = { latencyMs: options.latency / 1000, bytesPerMs: (options.bandwidth * 1e9) / 8 / 1000 };
  const first = predictHosts(costs, workloadOf(options, alone), { workers: 1 });
  const row = (name: string, workers: number, hosts: number, batch: number, batchNorm: 'sync' | 'ghost'): Predicted => {
    const measured = hosts === 1 ? [...strong, ...weak].find((p) => p.workers === workers && p.batch === batch) : undefined; // biome-ignore format: one line
    const shards = hosts * Math.max(workers, measured?.shards ?? alone.shards);
    const sync = workloadOf(options, { batch, shards });
    const workload = batchNorm === 'sync' ? sync : { ...sync, exchanges: 0, rowBytes: 0 };
    const prediction = predictHosts(costs, workload, { workers, hosts, network, hostBytesPerMs: options.memory * 1e6 });
    const speedUp = prediction.imagesPerSecond / first.imagesPerSecond;
    const share = (speedUp * slowdownOf(costs, workers)) / workers / hosts;
    return {
      name,
      workers,
      hosts,
      batch,
      shards,
      batchNorm,
      efficiency: share,
      prediction,
      measuredMs: measured?.stepMs,
    };
  };
  const numbers = [...new Set([...options.workers, 2, 4, 8, 16, 32, 64])].sort((a, b) => a - b);
  const { batch } = options;
  return [
    ...numbers.map((n) => row(`${n} ${n === 1 ? 'worker' : 'workers'}, strong`, n, 1, batch, 'sync')),
    ...numbers.filter((n) => n > 1).map((n) => row(`${n} workers, weak`, n, 1, batch * n, 'sync')),
    ...(['sync', 'ghost'] as const).flatMap(
      (kind) =>
      [2, 16, 100, 1000].map((hosts) => row(`${hosts} hosts of ${most}, weak, ${kind}`, most, hosts, batch * most * hosts, kind)), // biome-ignore format: one line
    ),
  ];
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

const withEfficiency = (points: readonly Point[], scaling: 'strong' | 'weak') =>
  points.map((point) => ({ event: 'point', scaling, ...point, efficiency: efficiency(point, points[0]!) }));

export async function run(args: readonly string[]): Promise<void> {
  const options = parse(args);
  const { model, size, batch, rounds, seconds, json } = options;
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node.js ${version}`;
  const scaling = measureScaling(options);
  const workload = workloadOf(options, scaling.strong[0]!);
  const costs = options.workers.length > 1 ? fitCosts(measurements(options, scaling)) : undefined;
  const predicted = costs && predictions(options, scaling, costs);
  const events = [
    { event: 'start', machine, model, size, batch, rounds, seconds, kernels: scaling.kernels },
    { event: 'workload', ...workload, meetings: meetings(workload) },
    ...withEfficiency(scaling.strong, 'strong'),
    ...withEfficiency(scaling.weak, 'weak'),
    ...(costs ? [{ event: 'costs', ...costs, slowdowns: Object.fromEntries(costs.slowdowns) }] : []),
    ...(predicted ?? []).map(({ prediction, ...row }) => ({ event: 'prediction', ...row, ...prediction })),
    { event: 'done', picture: options.picture },
  ];
  const text = [
    `${model}, ${size}x${size}, ${scaling.kernels} kernels; ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds in turns`}. ${machine}.`,
    `A step has ${meetings(workload)} meetings; parameters are ${megabytes(4 * workload.parameterFloats)}, a shard's statistics ${megabytes(workload.rowBytes)}. A worker of 2 reads ${megabytes(readBytes(workload, 2))} of the others, of 64 ${megabytes(readBytes({ ...workload, shards: 64 }, 64))}.`,
    `Strong scaling: the batch stays. Peak: the arithmetic of as many threads at once, beside one's; efficiency: speed-up over it.\n${pointsTable(scaling.strong)}`,
    `Weak scaling: the batch grows with the workers.\n${pointsTable(scaling.weak)}`,
    ...(costs ? [`The model's costs, fitted to the above:\n${costsTable(costs)}`] : []),
    ...(predicted
      ? [
          `Predictions; hosts are ${options.latency} us and ${options.bandwidth} Gbit/s apart.\n${predictionsTable(predicted)}`,
        ]
      : ['There is no model: it takes more than one number of workers (--workers 1,2).']),
  ];
  stdout.write(json ? events.map((event) => `${JSON.stringify(event)}\n`).join('') : `${text.join('\n\n')}\n`);
  if (options.picture !== undefined) {
    const { scalingPicture } = await import('./scaling/picture.ts');
    writeFileSync(options.picture, await scalingPicture(options.picture.endsWith('.png') ? 'png' : 'svg', scaling, predicted)); // biome-ignore format: one line
  }
}
