import { datasetNames, namedDataset } from '@lockstep/data';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { suggestion } from '../options/nearest.ts';
import { LoadingView } from '../output/loading.ts';
import { defineCommand } from './command.ts';

export const dataFetch = defineCommand({
  name: 'data fetch',
  summary: 'get a data set that is not here yet',
  description: [
    'Fetches a data set that is known by name, if it is not on this machine yet, and checks its digest. Training does so by itself.',
  ],
  positionals: { placeholder: 'NAME', description: `the data set: ${datasetNames().join(', ')}`, least: 1, most: 1 },
  options: z.strictObject({}),
  examples: [{ does: 'CIFAR-10, of 133 MiB', arguments: 'cifar10' }],
  async run({ positionals: [name] }, { output }) {
    const source = namedDataset(name!);
    if (source === undefined) {
      const names = datasetNames();
      throw new UsageError(
        `data fetch: there is no data set "${name}"${suggestion(name!, names)}; there are ${names.join(', ')}`,
      );
    }
    const loading = new LoadingView(output);
    const folder = await source.fetch({ onProgress: (progress) => loading.show(progress) });
    output.line(`${name} is in ${folder}`);
    output.event({ event: 'done', name, folder });
    return exitCodes.done;
  },
});
