import { datasetNames, namedDataset } from '@lockstep/data';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import { defineCommand } from './command.ts';

export const dataList = defineCommand({
  name: 'data list',
  summary: 'the data sets that have a name, and which are here',
  description: ['Lists the data sets that are known by name, and whether they are on this machine.'],
  options: z.strictObject({}),
  examples: [{ does: 'what there is', arguments: '' }],
  async run(_, { output }) {
    const rows: string[][] = [];
    for (const source of datasetNames().map((name) => namedDataset(name)!)) {
      const folder = await source.locate();
      output.event({ event: 'dataset', name: source.name, description: source.description, folder: folder ?? null });
      rows.push([source.name, folder === undefined ? 'not here' : 'here', source.description]);
    }
    for (const line of table(rows)) output.line(line);
    output.event({ event: 'done', datasets: rows.length });
    return exitCodes.done;
  },
});
