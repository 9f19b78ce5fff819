/**
 * Training steps beside PyTorch's, in one run: rounds in turns, so that what else happens on the machine meets both; the
 * best median of each (PyTorch with one thread and with all, NCHW and channels-last). Debian's python3-torch, with OpenBLAS.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { execPath } from 'node:process';

interface Row {
  readonly model: string;
  readonly size: number;
  readonly channels: number;
  readonly batch: number;
}

const rows: readonly Row[] = [
  { model: 'mlp', size: 28, channels: 1, batch: 128 },
  { model: 'lenet5', size: 28, channels: 1, batch: 128 },
  { model: 'small-cnn', size: 28, channels: 1, batch: 128 },
  { model: 'resnet20', size: 32, channels: 3, batch: 128 },
  { model: 'resnet18', size: 64, channels: 3, batch: 32 },
  { model: 'vgg11', size: 32, channels: 3, batch: 64 },
  { model: 'mobilenet-v2', size: 64, channels: 3, batch: 32 },
];
const rounds = 3;
const secondsPerRound = 3;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Each figure from a process of its own: what runs before must not decide how V8 or PyTorch compile. */
function lines(command: string, args: readonly string[]): Record<string, unknown>[] {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

function ours({ model, size, channels, batch }: Row, workers: number): number {
  const options = { model, size, channels, batch, workers, seconds: secondsPerRound };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return lines(execPath, [`${import.meta.dirname}/main.ts`, 'step', ...flags, '--json']).at(-1)!
    .imagesPerSecond as number;
}

function torch({ model, size, channels, batch }: Row, threads: number): Map<string, number> {
  const args = [
    `${import.meta.dirname}/peers/torch_step.py`,
    model,
    size,
    channels,
    batch,
    threads,
    secondsPerRound,
  ].map(String);
  return new Map(
    lines('/usr/bin/python3', args).map((line) => [
      `${line.threads} threads, ${line.layout}`,
      line.imagesPerSecond as number,
    ]),
  );
}

export async function run({ json }: { readonly json: boolean }): Promise<void> {
  const cores = availableParallelism();
  if (!json) console.log('images/s of a training step: ours, PyTorch at its best, and the ratio');
  for (const row of rows) {
    const mine: number[] = [];
    const single: number[] = [];
    const theirs = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      mine.push(ours(row, cores));
      single.push(ours(row, 1));
      for (const threads of new Set([1, cores])) {
        for (const [name, rate] of torch(row, threads)) theirs.set(name, [...(theirs.get(name) ?? []), rate]);
      }
    }
    const [best, rate] = [...theirs]
      .map(([name, rates]) => [name, median(rates)] as const)
      .sort((a, b) => b[1] - a[1])[0]!;
    const figures = {
      ...row,
      workers: cores,
      imagesPerSecond: median(mine),
      oneWorker: median(single),
      torch: rate,
      torchBest: best,
      ratio: median(mine) / rate,
    };
    const text = `${row.model.padEnd(10)} ${row.size}x${row.size}, batch ${row.batch}: ${figures.imagesPerSecond.toFixed(0)} (one worker ${figures.oneWorker.toFixed(0)}), PyTorch ${rate.toFixed(0)} (${best}), ${figures.ratio.toFixed(2)}x`;
    console.log(json ? JSON.stringify({ event: 'peer', ...figures }) : text);
  }
}
