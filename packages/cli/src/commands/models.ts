import {
  countParameters,
  createModel,
  modelInfo,
  modelNames,
  resolveGraph,
  shapeText,
  stateLayout,
} from '@lockstep/core';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.ts';
import { formatCount } from '../output/format.ts';
import { table } from '../output/table.ts';
import { defineCommand } from './command.ts';

export const modelsCommand = defineCommand({
  name: 'models',
  summary: 'the networks that there are',
  description: [
    'Lists the networks, with the parameters that they have for their original pictures and classes, and where they were described: the number is that of arXiv.',
  ],
  options: z.strictObject({}),
  examples: [{ does: 'all networks', arguments: '' }],
  async run(_, { output }) {
    const models = modelNames().map((name) => {
      const { original, paper } = modelInfo(name);
      const parameters = countParameters(stateLayout(resolveGraph(createModel(name, original))));
      return { name, parameters, ...original, paper };
    });
    const head = ['name', 'parameters', 'pictures', 'classes', 'described by'];
    const rows = models.map(({ name, parameters, inputShape, classes, paper }) => {
      return [name, formatCount(parameters), shapeText(inputShape), formatCount(classes), paper];
    });
    for (const line of table([head, ...rows])) output.line(line);
    for (const model of models) output.event({ event: 'model', ...model });
    output.event({ event: 'done', models: models.length });
    return exitCodes.done;
  },
});
