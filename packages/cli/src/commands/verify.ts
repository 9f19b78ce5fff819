import { type VerifyResult, verifyWorkers } from '@lockstep/trainer';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.ts';
import { dataArgument, trainFlags, trainOptions } from '../options/train-options.ts';
import { formatLoss } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { defineCommand } from './command.ts';

/** Those of training, less the folder, since nothing is written; and workers is a list. */
const options = z.strictObject({
  workers: z.array(z.int().min(1)).min(1).default([1, 2, 3, 4]).describe('numbers of threads to compare'),
  steps: z.int().min(1).default(20).describe('steps to train with each'),
  ...trainFlags.omit({ workers: true, runDir: true }).shape,
});

export const verify = defineCommand({
  name: 'verify',
  summary: 'show that the number of workers does not change a bit',
  description: [
    'Trains the same steps with each number of workers, and prints the SHA-256 of the weights: the same for all, or the exit code is 1. Nothing is written.',
  ],
  positionals: { placeholder: '[DATA]', description: 'the same as --data', least: 0, most: 1 },
  options,
  examples: [{ does: 'one, two and three workers', arguments: '--workers 1,2,3 --steps 20 --limit-train 5000' }],
  async run({ given, positionals: [data] }, { output }) {
    const { workers: counts, steps: count, ...flags } = given;
    const { workers, steps } = options.pick({ workers: true, steps: true }).parse({ workers: counts, steps: count });
    const input = await trainOptions({ ...flags, ...dataArgument(data, flags.data) });
    return await compareWorkers(verifyWorkers(input, workers, steps), output);
  },
});

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
  const digests = new Set(seen.map(({ weightsSha256 }) => weightsSha256));
  // The optimiser's state decides the steps to come, and the loss shows what the weights might not.
  const same = new Set(seen.map((r) => `${r.weightsSha256} ${r.optimizerSha256} ${r.loss}`)).size === 1;
  output.line(
    same
      ? bold(green('same bits'))
      : bold(red(`different bits: ${digests.size > 1 ? 'the weights' : "the optimiser's state or the loss"} differ`)),
  );
  output.event({
    event: 'done',
    same,
    workers: seen.map(({ workers }) => workers),
    steps: seen[0]?.steps ?? 0,
    weightsSha256: digests.size === 1 ? [...digests][0] : null,
  });
  return same ? exitCodes.done : exitCodes.failed;
}
