import type { LoadOptions } from '@lockstep/data';
import { pictureOptions, trainOptionsSchema } from '@lockstep/trainer';
import type { z } from 'zod';
import type { Context } from '../commands/command.ts';
import { LoadingView } from '../output/loading.ts';

/** The options that say how picture files are decoded and split, as training has them. */
export const pictureFlags = trainOptionsSchema.pick({
  size: true,
  color: true,
  fit: true,
  background: true,
  limitInputPixels: true,
  memoryLimit: true,
  onBroken: true,
  testShare: true,
  validation: true,
  seed: true,
});

/** What `loadDataset` is given, but for the split; how far it is is shown, and what it warns of is told. */
export function loadOptions(
  chosen: z.output<typeof pictureFlags>,
  { output, log }: Pick<Context, 'output' | 'log'>,
): Omit<LoadOptions, 'split'> {
  const loading = new LoadingView(output);
  return {
    ...pictureOptions(chosen),
    memoryLimit: chosen.memoryLimit,
    stream: { batch: 1 },
    onProgress: (progress) => loading.show(progress),
    onWarning: (message) => log.warn(message),
  };
}
