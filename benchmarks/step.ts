/** Images a second of a training step of every network, with all workers, with one, and without V8's flag: medians of rounds in turns. */
import { availableParallelism, cpus } from 'node:os';
import { stdout, version } from 'node:process';
import { median } from './median.ts';
import { type Figures, measureStep, rowsOf, rowText } from './rows.ts';

const cores = availableParallelism();
const variants = [
  { workers: cores, kernels: 'auto' },
  { workers: 1, kernels: 'auto' },
  { workers: cores, kernels: 'default' },
] as const;

export function run({ json, rounds = 3, seconds = 3 }: { json: boolean; rounds?: number; seconds?: number }): void {
  const machine = `${cpus()[0]?.model.trim()}, ${cores} cores, Node.js ${version}`;
  const heads = variants.map(({ workers, kernels }) => `${workers} ${workers === 1 ? 'worker' : 'workers'}${kernels === 'default' ? ', default' : ''}`); // biome-ignore format: one line
  const print = (cells: readonly string[]) =>
    stdout.write(`${cells.map((cell, i) => (i === 0 ? cell.padEnd(34) : cell.padStart(20))).join('')}\n`);
  if (!json) {
    stdout.write(
      `Training steps, images/s, medians of ${rounds} rounds in turns; peak memory with all workers. ${machine}.\n\n`,
    );
    print(['', ...heads, 'memory']);
  }
  for (const row of rowsOf(undefined)) {
    const figures = variants.map((): Figures[] => []);
    for (let round = 0; round < rounds; round++) {
      variants.forEach((variant, i) => {
        figures[i]!.push(measureStep(row, { ...variant, seconds }));
      });
    }
    const rates = figures.map((list) => median(list.map(({ imagesPerSecond }) => imagesPerSecond)));
    const peakMemoryBytes = Math.max(...figures[0]!.map((figure) => figure.peakMemoryBytes));
    if (!json)
      print([rowText(row), ...rates.map((rate) => rate.toFixed(0)), `${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`]); // biome-ignore format: one line
    else {
      variants.forEach((variant, i) => {
        stdout.write(`${JSON.stringify({ event: 'step', ...row, ...variant, imagesPerSecond: rates[i]! })}\n`);
      });
    }
  }
  if (json) stdout.write(`${JSON.stringify({ event: 'done', machine })}\n`);
}
