import { evaluateRun, trainOptionsSchema } from '@lockstep/trainer';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.ts';
import { strictFlag } from '../options/train-options.ts';
import { formatCount, formatLoss, formatShare } from '../output/format.ts';
import { defineCommand } from './command.ts';
import { runOption } from './run-option.ts';

const { workers, limitTest } = trainOptionsSchema.shape;

const options = z.strictObject({
  run: runOption,
  data: z.string().min(1).optional().describe("another data set than the run's"),
  split: z
    .enum(['test', 'validation'])
    .default('test')
    .describe('test with the test set, or with what the run was validated by; of another data set, with its own'),
  workers,
  limitTest,
  strict: strictFlag,
});

export const evaluate = defineCommand({
  name: 'eval',
  summary: 'test the network of a run',
  description: [
    'Tests the network of a run, at the end of its training, on the test set or what it was validated by: accuracy and loss, the same figures as its training ended with.',
  ],
  options,
  examples: [{ does: 'test a run again', arguments: '--run runs/2026-01-31-small-cnn-mnist' }],
  async run({ given }, { output, log }) {
    const { run, data, split, workers, limitTest, strict } = options.parse(given);
    const evaluation = await evaluateRun(run, {
      data,
      split,
      limitTest,
      workers: workers === 'auto' ? undefined : workers,
      kernels: strict ? 'strict' : undefined,
      onWarning: (message) => log.warn(message),
    });
    const { accuracy, loss, samples, mistakes } = evaluation;
    const figures = Object.fromEntries([[`${split}Accuracy`, accuracy], [`${split}Loss`, loss]]); // biome-ignore format: pairs
    const { bold } = output.colors;
    output.line(`${bold(`${formatShare(accuracy)} ${split} accuracy`)} (loss ${formatLoss(loss)})`);
    output.line(`${formatCount(samples - mistakes.length)} of ${formatCount(samples)} pictures right`);
    output.event({ event: 'done', ...figures, samples, runDir: run });
    return exitCodes.done;
  },
});
