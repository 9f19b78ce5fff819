import { type TrainOptionsInput, trainOptionsSchema } from '@lockstep/trainer';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { readConfigFile } from './config-file.ts';

/** A shorter name for the build of the kernels that a person asks for by what it promises. */
export const strictFlag = z
  .boolean()
  .default(false)
  .describe('kernels whose bits are the same on any machine; slower. The same as --kernels strict');

/** The options that say how to train, on the command line: those of a run, and a file to take them from. */
export const trainFlags = trainOptionsSchema.extend({
  strict: strictFlag,
  config: z
    .string()
    .min(1)
    .optional()
    .describe('take options from this file (.json, .yaml), by their names in camelCase; flags come before it'),
});

/** Flags override the file, and the file overrides the defaults, which are filled in where the options are used. */
export async function trainOptions({
  config,
  strict,
  ...flags
}: Partial<z.input<typeof trainFlags>>): Promise<TrainOptionsInput> {
  if (strict && flags.kernels !== undefined && flags.kernels !== 'strict') {
    throw new UsageError(`expected one build of the kernels, got two: --strict, and --kernels ${flags.kernels}`);
  }
  const file = config === undefined ? [] : await readConfigFile(config, trainOptionsSchema);
  return { ...Object.fromEntries(file), ...flags, ...(strict ? { kernels: 'strict' } : {}) };
}

/** The data set, which may stand in front of the options or among them. @throws UsageError if two are named */
export function dataArgument(positional: string | undefined, flag: string | undefined): { data?: string } {
  if (positional !== undefined && flag !== undefined && positional !== flag) {
    throw new UsageError(`expected one data set, got two: ${positional}, and --data ${flag}`);
  }
  const data = positional ?? flag;
  return data === undefined ? {} : { data };
}
