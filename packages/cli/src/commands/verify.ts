import { type VerifyResult, verifyWorkers } from '@lockstep/trainer';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.ts';
import { dataArgument, trainFlags, trainOptions } from '../options/train-options.ts';
import { formatLoss } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { defineCommand } from './command.ts';

/** Those of training, less what is about its folder and its end, since nothing is written; and workers is a list. */
const options = z.strictObject({
  workers: z.array(z.int().min(1)).min(1).default([1, 2, 3, 4]).describe('numbers of threads to compare'),
  steps: z.int().min(1).default(20).describe('steps to train with each'),
  ...trainFlags.omit({ workers: true, runDir: true, patience: true, checkpointSeconds: true, keepCheckpoints: true })
    .shape,
});

export const verify = defineCommand({
  name: 'verify',
  summary: 'show that the number of workers does not change a bit',
  description: [
    'Trains the same steps with each number of workers, and prints the SHA-256 of the weights: the same for all, or the exit code is 1.',
    "All options of training may be given. What is compared are the weights with the running statistics, the optimiser's state, and the metrics of every step and of a test. Nothing is written.",
  ],
  positionals: { placeholder: '[DATA]', description: 'the same as --data', least: 0, most: 1 },
  options,
  examples: [
    { does: 'one, two and three workers', arguments: '--workers 1,2,3 --steps 20 --limit-train 5000' },
    { does: 'the bits of any machine', arguments: '--strict --optimizer lars --clip-norm 1 --workers 1,16' },
  ],
  async run({ given, positionals: [data] }, { output }) {
    const { workers: counts, steps: count, ...flags } = given;
    const { workers, steps } = options.pick({ workers: true, steps: true }).parse({ workers: counts, steps: count });
    const input = await trainOptions({ ...flags, ...dataArgument(data, flags.data) });
    return await compareWorkers(verifyWorkers(input, workers, steps), output);
  },
});

/** What must be the same for every number of workers, and what it is called. */
const compared = [
  ['weightsSha256', 'the weights'],
  ['optimizerSha256', "the optimiser's state"], // decides the steps to come
  ['metricsSha256', 'the metrics'],
] as const satisfies readonly (readonly [keyof VerifyResult, string])[];

/** Shows the results as they come, and whether they are the same. @returns the exit code */
export async function compareWorkers(results: AsyncIterable<VerifyResult>, output: Output): Promise<number> {
  const { bold, green, red, dim } = output.colors;
  const seen: VerifyResult[] = [];
  for await (const result of results) {
    if (seen.length === 0) output.line(dim(`workers  sha-256 of the weights after ${result.steps} steps`));
    seen.push(result);
    output.line(`${String(result.workers).padStart(7)}  ${result.weightsSha256}  loss ${formatLoss(result.loss)}`);
    output.event({ event: 'result', ...result });
  }
  const differing = compared.filter(([key]) => new Set(seen.map((result) => result[key])).size > 1);
  const same = differing.length === 0;
  output.line(
    same ? bold(green('same bits')) : bold(red(`different bits in ${differing.map(([, name]) => name).join(' and ')}`)),
  );
  output.event({
    event: 'done',
    same,
    workers: seen.map(({ workers }) => workers),
    steps: seen[0]?.steps ?? 0,
    weightsSha256: differing.some(([key]) => key === 'weightsSha256') ? null : (seen[0]?.weightsSha256 ?? null),
  });
  return same ? exitCodes.done : exitCodes.failed;
}
