/**
 * From a folder of JPEGs to augmented batches: decode, bring to a size, crop by chance, mirror by chance, normalise to float32, on
 * all cores. `BatchLoader` beside torchvision's ImageFolder in PyTorch's DataLoader with as many processes (Debian's
 * python3-torchvision), in rounds that take turns; medians.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath, stderr, stdout, version } from 'node:process';
import { parseArgs } from 'node:util';
import type { LoadingTask } from './loading/measure.ts';
import { makePictures } from './loading/pictures.ts';
import { median } from './median.ts';
import { flags, measured } from './rows.ts';

const cores = availableParallelism();
const batch = 32;

/** Pictures of a size, what they are brought to, and the side of the part that is taken. */
const rows = [
  { width: 500, height: 375, count: 600, decode: 256, size: 224 },
  { width: 500, height: 375, count: 600, decode: 72, size: 64 },
  { width: 1600, height: 1200, count: 300, decode: 256, size: 224 },
] as const;

interface Figures {
  readonly imagesPerSecond: number;
  /** Of all cores, an image: what else runs on the machine matters less to it. */
  readonly cpuMs: number;
}

const medianOf = (list: readonly Figures[], field: keyof Figures): number => median(list.map((each) => each[field]));

/** One way to load. */
interface Variant {
  readonly name: string;
  readonly ours: boolean;
  measure(task: Omit<LoadingTask, 'cached'>): Figures;
}

const lockstep = (cached: boolean): Variant => ({
  name: cached ? 'lockstep, decoded before' : 'lockstep',
  ours: true,
  measure: (task) =>
    measured(execPath, [`${import.meta.dirname}/loading/measure.ts`, JSON.stringify({ ...task, cached })]),
});

const torchvision = (draft: 0 | 1): Variant => ({
  name: draft ? 'torchvision, with draft' : 'torchvision',
  ours: false,
  measure: (task) =>
    measured('/usr/bin/python3', [
      `${import.meta.dirname}/peers/torch_loading.py`,
      ...flags({ ...task, workers: cores, draft }),
    ]),
});

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
    },
  });
  const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
  const print = (line: string, event: object) => stdout.write(`${values.json ? JSON.stringify(event) : line}\n`);
  const machine = `${cpus()[0]?.model.trim()}, ${cores} cores, Node.js ${version}`;
  print(`Loading, images/s and CPU time an image, batches of ${batch}, medians of ${rounds} rounds in turns. ${machine}.`, { event: 'start', machine, batch, rounds, seconds }); // biome-ignore format: one line
  const parent = mkdtempSync(join(tmpdir(), 'lockstep-loading-'));
  try {
    for (const { width, height, count, decode, size } of rows) {
      const folder = join(parent, `${width}x${height}`);
      await makePictures(folder, count, width, height);
      const variants = [lockstep(false), lockstep(true), torchvision(0), torchvision(1)];
      const rates = new Map<Variant, Figures[]>(variants.map((variant) => [variant, []]));
      for (let round = 0; round < rounds; round++) {
        for (const [variant, list] of rates) {
          try {
            list.push(variant.measure({ folder, decode, size, batch, seconds }));
          } catch (error) {
            if (variant.ours) throw error;
            stderr.write(`${variant.name} is left out: ${error instanceof Error ? error.message : error}\n`);
            rates.delete(variant);
          }
        }
      }
      const row = { width, height, decode, size };
      print(`\nJPEGs of ${width}x${height}, to ${decode}x${decode}, ${size}x${size} of it`, { event: 'row', ...row });
      const peers = variants.filter((variant) => !variant.ours && rates.has(variant));
      for (const [variant, list] of rates) {
        const [imagesPerSecond, cpuMs] = [medianOf(list, 'imagesPerSecond'), medianOf(list, 'cpuMs')];
        const ratios = variant.ours
          ? peers.map((peer) => imagesPerSecond / medianOf(rates.get(peer)!, 'imagesPerSecond'))
          : [];
        const beside = ratios.map((ratio, i) => `${ratio.toFixed(2)}x ${peers[i]!.name}`).join(', ');
        print(
          `  ${variant.name.padEnd(26)}${imagesPerSecond.toFixed(0).padStart(8)} images/s ${cpuMs.toFixed(2).padStart(6)} ms   ${beside}`,
          {
            event: 'variant',
            ...row,
            variant: variant.name,
            imagesPerSecond,
            cpuMs,
            ...Object.fromEntries(ratios.map((ratio, i) => [`ratio to ${peers[i]!.name}`, ratio])),
          },
        );
      }
    }
    if (values.json) stdout.write(`${JSON.stringify({ event: 'done' })}\n`);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}
