import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  latestRunFolder,
  type RunTrainingOptions,
  resumeTraining,
  runFiles,
  runTraining,
  type TrainEvent,
} from '@lockstep/trainer';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { flagOf } from '../options/option.ts';
import { dataArgument, trainFlags, trainOptions } from '../options/train-options.ts';
import { TrainView } from '../output/train-view.ts';
import { faultOfEnvironment } from '../run/fault.ts';
import { quoted } from '../run/program-name.ts';
import { version } from '../run/version.ts';
import { defineCommand } from './command.ts';

/** What `--resume` without a folder stands for; a folder of this name is `./latest`. */
const latest = 'latest';

const options = trainFlags.extend({
  resume: z.string().min(1).optional().meta({
    bare: latest,
    description:
      'go on with the run in this folder from its last checkpoint; without DIR, with the one in runs/ that was written to last. Of the other options only --workers may change',
  }),
});

export const train = defineCommand({
  name: 'train',
  summary: 'train a network, and write a run folder',
  description: [
    'Trains a network on all cores, shows how it goes, and writes a run folder: configuration, metrics, checkpoints, weights, and a report to open in a browser.',
    'Ctrl-C stops after the step under way, with a checkpoint to go on from; a second one stops at once.',
  ],
  positionals: { placeholder: '[DATA]', description: 'the same as --data', least: 0, most: 1 },
  options,
  examples: [
    { does: 'train the default network on MNIST', arguments: '' },
    { does: 'learn the classes of a folder of pictures', arguments: './photos --size 64 --augment none' },
    {
      does: 'judge epochs by a tenth of the training set, and stop when it gets no better',
      arguments: './photos --validation 0.1 --patience 5',
    },
    { does: 'a try of some seconds', arguments: '--epochs 1 --limit-train 5000 --limit-test 1000' },
    { does: 'go on after Ctrl-C', arguments: '--resume runs/2026-01-31-small-cnn-mnist' },
    { does: 'go on with the latest run, with four workers', arguments: '--resume --workers 4' },
  ],
  async run({ given: { resume, ...given }, positionals: [data] }, { output, log, interruption, program }) {
    const view = new TrainView(output, program);
    let last: TrainEvent | undefined;
    const run: RunTrainingOptions = {
      fault: faultOfEnvironment(process.env.LOCKSTEP_FAULT),
      version: version(),
      onEvent(event) {
        if (event.event === 'warning') return log.warn(event.message);
        view.show(event);
        last = event;
      },
    };
    const start = await preparation(resume, data, given);
    try {
      await start({ ...run, signal: interruption.stopInOrder('this step') });
    } catch (error) {
      if (view.runDir === undefined && interruption.signal !== undefined && error === interruption.signal) {
        // The data was still being loaded: nothing has been written.
        output.event({ event: 'interrupted', signal: interruption.signal });
        return interruption.exitCode ?? exitCodes.failed;
      }
      if (view.runDir !== undefined && (await hasCheckpoint(view.runDir))) {
        log.info(`what was trained before the failure is kept: ${program} train --resume ${quoted(view.runDir)}`);
      }
      throw error;
    }
    // The last event waits until the run has let go of everything: what it says is then true.
    if (last?.event !== 'done' && last?.event !== 'interrupted')
      throw new Error('the training ended without a summary');
    view.end(last, interruption.signal);
    return last.event === 'done' ? exitCodes.done : (interruption.exitCode ?? exitCodes.failed);
  },
});

const hasCheckpoint = async (runDir: string): Promise<boolean> =>
  (await readdir(join(runDir, runFiles.checkpoints)).catch((): string[] => [])).some((name) => !name.startsWith('.'));

/** What to start: a new run or an old one. Everything about the options is checked here. */
async function preparation(
  resume: string | undefined,
  data: string | undefined,
  given: Partial<z.input<typeof trainFlags>>,
): Promise<(run: RunTrainingOptions) => Promise<unknown>> {
  if (resume === undefined) {
    const input = await trainOptions({ ...given, ...dataArgument(data, given.data) });
    return (run) => runTraining(input, run);
  }
  const { workers, ...others } = given;
  const conflicting = [...(data === undefined ? [] : [data]), ...Object.keys(others).map(flagOf)];
  if (conflicting.length > 0) {
    throw new UsageError(
      `--resume goes on with the options that the run began with; of the others only --workers may be given, got ${conflicting.join(', ')}`,
    );
  }
  const runDir = resume === latest ? await latestRunFolder() : resume;
  return (run) => resumeTraining(runDir, { ...run, workers });
}
