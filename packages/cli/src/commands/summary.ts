import { type LayerSummary, resolveGraph, shapeText, summarise } from '@lockstep/core';
import { loadModel, trainOptionsSchema } from '@lockstep/trainer';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.ts';
import { formatBytes, formatCompact, formatCount } from '../output/format.ts';
import { table } from '../output/table.ts';
import { defineCommand } from './command.ts';

const options = z.strictObject({
  // Here there is no default.
  model: z.string().min(1).describe(trainOptionsSchema.shape.model.description!),
  size: z
    .int()
    .min(1)
    .optional()
    .describe("height and width of the pictures; default: the original ones, or a file's; for a function 224"),
  channels: z.int().min(1).optional().describe('channels of the pictures; default likewise, or 3'),
  classes: z.int().min(2).optional().describe('classes; default likewise, or 1000'),
});

export const summaryCommand = defineCommand({
  name: 'summary',
  summary: 'a network layer by layer: shapes, memory, parameters',
  description: [
    'Prints of each layer the output, the values that it needs memory for in a picture (0 where a layer overwrites its input), the weights and biases, the multiply-adds, how much of the picture a pixel of the output depends on, and what is left out where a stride does not fit.',
  ],
  options,
  examples: [
    { does: 'the table of VGG-16', arguments: '--model vgg16' },
    { does: 'for other pictures', arguments: '--model resnet50 --size 160 --classes 10' },
    { does: 'a network of your own', arguments: '--model my-network.yaml' },
  ],
  async run({ given }, { output }) {
    const { model, size, channels, classes } = options.parse(given);
    const { graph } = await loadModel(model, { height: size, width: size, channels, classes });
    const { layers, ...totals } = summarise(resolveGraph(graph));
    const outputs = graph.outputs.map((name) => shapeText(layers.find((layer) => layer.name === name)!.output));
    output.line(`${graph.name}: ${shapeText(graph.inputs[0]!.shape)} to ${outputs.join(', ')}`);
    output.line();
    for (const line of table(layers.map(row))) output.line(line.trimEnd());
    output.line();
    const { parameters, memory, multiplyAdds } = totals;
    output.line(`parameters     ${formatCount(parameters)}, ${formatBytes(parameters * 4)}`);
    output.line(`memory         ${formatCount(memory)} values a picture, ${formatBytes(memory * 4)}`);
    output.line(`multiply-adds  ${formatCount(multiplyAdds)} a picture`);
    for (const layer of layers) output.event({ event: 'layer', ...layer });
    output.event({ event: 'done', model: graph.name, ...totals });
    return exitCodes.done;
  },
});

/** As a lecture's table has it: `[224x224x64]  memory: 3.2M  params: 1,728`. */
function row({
  name,
  op,
  output,
  memory,
  weights,
  biases,
  multiplyAdds,
  receptiveField,
  dropped,
}: LayerSummary): string[] {
  const [rows, columns] = dropped;
  return [
    name,
    op,
    `[${shapeText(output)}]`,
    `memory: ${formatCompact(memory)}`,
    `params: ${formatCount(weights)}${biases > 0 ? ` + ${formatCount(biases)}` : ''}`,
    `multiply-adds: ${formatCompact(multiplyAdds)}`,
    `sees: ${receptiveField === 'all' ? 'all' : receptiveField.map((size) => formatCompact(size)).join('x')}`,
    rows + columns > 0 ? `its stride drops ${plural(rows, 'row')}, ${plural(columns, 'column')}` : '',
  ];
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
