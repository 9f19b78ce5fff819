/**
 * Training steps beside PyTorch's and TensorFlow.js's, in one run: rounds in turns, so that what else happens on the machine
 * meets all; medians of each, and the ratio to the best of theirs.
 *
 * PyTorch is Debian's (python3-torch, python3-torchvision, with libopenblas0-pthread). TensorFlow.js is installed into a
 * folder that is removed at the end.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, stderr, stdout, version } from 'node:process';
import { parseArgs } from 'node:util';
import { installPeer } from './install-peer.ts';
import { median } from './median.ts';
import { type Figures, flags, measured, measureStep, type Row, rowsOf, rowText } from './rows.ts';

const tfjs = '@tensorflow/tfjs@4.22.0';
const cores = availableParallelism();

/** One way to compute a row's step. */
interface Variant {
  readonly library: 'lockstep' | 'pytorch' | 'tfjs';
  readonly name: string;
  readonly threads: number;
  measure(row: Row, seconds: number): Figures;
}

const ours = (workers: number): Variant => ({
  library: 'lockstep',
  name: `${workers} ${workers === 1 ? 'worker' : 'workers'}`,
  threads: workers,
  measure: (row, seconds) => measureStep(row, { workers, seconds }),
});

const torch = (threads: number, processes: number, layout: 'nchw' | 'channels-last'): Variant => ({
  library: 'pytorch',
  name: `${processes > 1 ? `DDP, ${processes} processes` : `${threads} ${threads === 1 ? 'thread' : 'threads'}`}, ${layout}`,
  threads: threads * processes,
  measure: (row, seconds) =>
    measured('/usr/bin/python3', [
      `${import.meta.dirname}/peers/torch_step.py`,
      ...flags({ ...row, threads, processes, layout, seconds }),
    ]),
});

const tensorflow = (folder: string): Variant => ({
  library: 'tfjs',
  name: 'cpu backend',
  threads: 1,
  measure: ({ size, channels, batch }, seconds) =>
    measured(execPath, [`${import.meta.dirname}/peers/tfjs-step.ts`, folder, size, channels, batch, seconds]),
});

const torchVariants = (): Variant[] =>
  (['nchw', 'channels-last'] as const).flatMap((layout) => [
    torch(1, 1, layout),
    ...(cores > 1 ? [torch(cores, 1, layout), torch(1, cores, layout)] : []),
  ]);

/** Why a peer is left out, where it is. */
function missing(command: string, args: readonly string[], what: string): boolean {
  const { status } = spawnSync(command, args, { stdio: 'ignore' });
  if (status !== 0) stderr.write(`${what} is left out: it is not here\n`);
  return status !== 0;
}

interface Measured extends Figures {
  readonly variant: Variant;
}

/** All variants of a row in turns; the median rate of each and its largest memory. */
function measureRow(row: Row, variants: readonly Variant[], rounds: number, seconds: number): Measured[] {
  const figures = variants.map((): Figures[] => []);
  for (let round = 0; round < rounds; round++) {
    variants.forEach((variant, i) => {
      figures[i]!.push(variant.measure(row, seconds));
    });
  }
  return variants.map((variant, i) => ({
    variant,
    imagesPerSecond: median(figures[i]!.map(({ imagesPerSecond }) => imagesPerSecond)),
    peakMemoryBytes: Math.max(...figures[i]!.map(({ peakMemoryBytes }) => peakMemoryBytes)),
  }));
}

/** The ratios that a row is about; those to a peer that is not here are left out. */
function ratios(results: readonly Measured[]): Record<string, number> {
  const of = (library: Variant['library'], threads = cores) =>
    results.filter(({ variant }) => variant.library === library && variant.threads <= threads);
  const fastest = (list: readonly Measured[]): number =>
    Math.max(...list.map(({ imagesPerSecond }) => imagesPerSecond));
  const least = (list: readonly Measured[]): number => Math.min(...list.map(({ peakMemoryBytes }) => peakMemoryBytes));
  const all = results[0]!;
  const one = of('lockstep', 1)[0]!;
  const found = {
    speed: all.imagesPerSecond / fastest(of('pytorch')),
    speedOneThread: one.imagesPerSecond / fastest(of('pytorch', 1)),
    memory: all.peakMemoryBytes / least(of('pytorch')),
    speedTensorflow: all.imagesPerSecond / fastest(of('tfjs')),
  };
  return Object.fromEntries(Object.entries(found).filter(([, ratio]) => ratio > 0 && Number.isFinite(ratio)));
}

const ratioNames: Readonly<Record<string, string>> = {
  speed: "speed to PyTorch's best",
  speedOneThread: 'one worker to one thread',
  memory: "peak memory to PyTorch's least",
  speedTensorflow: 'speed to TensorFlow.js',
};

export function run(args: readonly string[]): void {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      model: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
    },
  });
  const { json, model } = values;
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const wanted = rowsOf(model);
  const print = (line: string, event: object) => stdout.write(`${json ? JSON.stringify(event) : line}\n`);
  const machine = `${cpus()[0]?.model.trim()}, ${cores} cores, Node.js ${version}`;
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-peers-'));
  try {
    const pytorch = missing('/usr/bin/python3', ['-c', 'import torch, torchvision'], 'PyTorch') ? [] : torchVariants();
    const withTensorflow = wanted.some((row) => row.model === 'lenet5') && installPeer(tfjs, folder);
    print(`Training steps, images/s, medians of ${rounds} rounds in turns. ${machine}.`, { event: 'start', machine, rounds, seconds }); // biome-ignore format: one line
    for (const row of wanted) {
      const workers = cores > 1 ? [ours(cores), ours(1)] : [ours(1)];
      const tensorflows = withTensorflow && row.model === 'lenet5' ? [tensorflow(folder)] : [];
      const results = measureRow(row, [...workers, ...pytorch, ...tensorflows], rounds, seconds);
      print(`\n${rowText(row)}`, { event: 'row', ...row });
      for (const { variant, imagesPerSecond, peakMemoryBytes } of results) {
        const { library, name, threads } = variant;
        const text = `  ${`${library}, ${name}`.padEnd(40)}${imagesPerSecond.toFixed(imagesPerSecond < 100 ? 1 : 0).padStart(8)} images/s ${(peakMemoryBytes / 2 ** 20).toFixed(0).padStart(6)} MiB`;
        print(text, { event: 'variant', model: row.model, library, variant: name, threads, imagesPerSecond, peakMemoryBytes }); // biome-ignore format: one line
      }
      const found = ratios(results);
      const text = Object.entries(found).map(([name, ratio]) => `${ratioNames[name]} ${ratio.toFixed(2)}`);
      print(`  ratios: ${text.join('; ')}`, { event: 'ratios', model: row.model, ...found });
    }
    if (json) stdout.write(`${JSON.stringify({ event: 'done' })}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
