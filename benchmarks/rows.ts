/** The networks whose steps are measured, and the measuring of one in a process of its own. */
import { spawnSync } from 'node:child_process';
import { execPath } from 'node:process';

export interface Row {
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
  { model: 'vgg11-cifar', size: 32, channels: 3, batch: 64 },
  { model: 'mobilenet-v2', size: 64, channels: 3, batch: 32 },
];

/** That of a model, or all. @throws Error if there is none */
export function rowsOf(model: string | undefined): readonly Row[] {
  const wanted = rows.filter((row) => model === undefined || row.model === model);
  if (wanted.length > 0) return wanted;
  throw new Error(`there is no row "${model}"; there are ${rows.map((row) => row.model).join(', ')}`);
}

export const rowText = ({ model, size, batch }: Row): string => `${model}, ${size}x${size}, batch ${batch}`;

export interface Figures {
  readonly imagesPerSecond: number;
  readonly peakMemoryBytes: number;
}

/**
 * Each figure from a process of its own: what runs before must not decide how V8 or PyTorch compile, or the peak of memory.
 *
 * @returns the last line of what it prints, as JSON
 */
export function measured<Result = Figures>(command: string, args: readonly (string | number)[]): Result {
  const { status, stdout, stderr, error } = spawnSync(command, args.map(String), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
  const figures: Result = JSON.parse(stdout.trim().split('\n').at(-1)!);
  return figures;
}

export const flags = (options: object): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** Lockstep's own step. */
export const measureStep = (row: Row, options: { workers: number; seconds: number; kernels?: string }): Figures =>
  measured(execPath, [`${import.meta.dirname}/main.ts`, 'step', ...flags({ ...row, ...options }), '--json']);
