/**
 * Random small trainings, each once in peace and once with everything that can go wrong: workers that throw, exit, hang or are
 * terminated, processes that are killed at any instant and go on, other numbers of workers, damaged checkpoints. Both must end with
 * the same weights. Prints what happened how often; the exit code is 1 if a run ended otherwise.
 *
 *     pnpm soak --minutes 10 [--seed 1]
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeTinyData } from '../packages/cli/src/testing/tiny-data.ts';
import { Generator } from '../packages/core/src/index.ts';
import { runTraining, type TrainerError, WorkerError } from '../packages/trainer/src/index.ts';
import { chance, randomConfiguration } from './soak/configuration.ts';
import { disturbedTrainer } from './soak/disturbed-trainer.ts';
import { killedRun } from './soak/killed-run.ts';
import { Tally } from './soak/tally.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string' } } });
const [minutes, seed] = [Number(values.minutes), Number(values.seed ?? Date.now() % 1_000_000)];
if (!(minutes > 0) || !Number.isSafeInteger(seed) || seed < 0) {
  throw new Error(`expected --minutes above 0 and --seed a whole number, got ${values.minutes} and ${values.seed}`);
}
const end = performance.now() + minutes * 60_000;
let stopped = false;
process.on('SIGINT', () => {
  stopped = true;
  console.log('stopping after this run');
});

const tally = new Tally();
const folder = await mkdtemp(join(tmpdir(), 'lockstep-soak-'));
const data = await makeTinyData();
console.log(`seed ${seed}, for ${minutes} min`);
let failures = 0;
for (let trial = 0; performance.now() < end && !stopped; trial++) {
  const random = new Generator({ seed, purpose: 'mixing', position: trial });
  const cwd = join(folder, String(trial));
  await mkdir(cwd);
  const configuration = randomConfiguration(random, data, cwd);
  const runs = chance(random, 0.5) || configuration.options.patience !== undefined;
  try {
    const expected = await inPeace(join(cwd, 'reference'));
    if (expected === undefined) continue;
    const actual = runs
      ? await killedRun(configuration, random, tally, cwd)
      : await disturbedTrainer(configuration, random, tally);
    tally.add(runs ? 'run compared, over its processes' : 'run compared, over its workers');
    if (actual !== expected) throw new Error(`expected weights ${expected}, got ${actual}`);
    await rm(cwd, { recursive: true });
  } catch (error) {
    failures++;
    console.error(`trial ${trial} of seed ${seed}, kept in ${cwd}:`, JSON.stringify(configuration), error);
  }

  /** The weights of the run without a fault; undefined if its options make no training. */
  async function inPeace(runDir: string): Promise<string | undefined> {
    try {
      return (await runTraining({ ...configuration.options, workers: 1, runDir })).weightsSha256;
    } catch (error) {
      if (!(error instanceof WorkerError) || error.code !== ('TRAINER_NOT_FINITE' satisfies TrainerError['code']))
        throw error;
      tally.add('training diverged, not compared');
      return undefined;
    }
  }
}
await rm(data, { recursive: true });
if (failures === 0) await rm(folder, { recursive: true });
for (const line of tally.lines()) console.log(line);
console.log(failures === 0 ? 'all ended with the same bits' : `${failures} runs did NOT end with the same bits`);
process.exitCode = failures === 0 ? 0 : 1;
