import { trainOptionsSchema } from '@lockstep/trainer';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { canBeTurnedOff, flagOf, negativeFlag, optionsOf } from './option.ts';

const schema = z.strictObject({
  run: z.string().describe('the run'),
  limitTrain: z.int().min(1).optional(),
  nesterov: z.boolean().default(true),
  quick: z.boolean().default(false),
  counts: z.array(z.int()).default([1, 2]),
});

test('an option has all that flag, help and check need', () => {
  const [run, limitTrain, nesterov, quick, counts] = optionsOf(schema);
  expect(run).toMatchObject({ key: 'run', flag: '--run', placeholder: 'DIR', description: 'the run', required: true });
  expect(run?.default).toBeUndefined();
  expect(limitTrain).toMatchObject({ flag: '--limit-train', placeholder: 'N', required: false });
  expect(nesterov).toMatchObject({ placeholder: undefined, default: 'on' });
  expect(quick?.default).toBeUndefined();
  expect(counts).toMatchObject({ placeholder: 'N,N,…', default: '1,2' });
  expect([nesterov!, quick!, run!].map(canBeTurnedOff)).toEqual([true, false, false]);
  expect(negativeFlag(nesterov!)).toBe('--no-nesterov');
});

test('flags are the keys with dashes', () => {
  expect(['lr', 'weightDecay', 'warmupEpochs'].map(flagOf)).toEqual(['--lr', '--weight-decay', '--warmup-epochs']);
});

test('the training has the options of the contract, each with a description', () => {
  const options = optionsOf(trainOptionsSchema);
  const contract =
    '--data --model --epochs --batch --workers --shards --optimizer --lr --momentum --weight-decay --schedule ' +
    '--warmup-epochs --augment --seed --run-dir --limit-train --limit-test';
  expect(options.map(({ flag }) => flag)).toEqual(expect.arrayContaining(contract.split(' ')));
  expect(options.filter(({ description }) => description === '')).toEqual([]);
});
