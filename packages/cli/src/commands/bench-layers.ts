import {
  benchLayers,
  benchLayersOptionsSchema,
  type LayerFigures,
  type PassFigures,
  writeWhole,
} from '@lockstep/trainer';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.ts';
import { formatShare } from '../output/format.ts';
import { table } from '../output/table.ts';
import { defineCommand } from './command.ts';

const options = benchLayersOptionsSchema.extend({
  trace: z
    .string()
    .min(1)
    .optional()
    .describe('write the last pass to this file, which chrome://tracing and https://ui.perfetto.dev open'),
});

export const benchLayersCommand = defineCommand({
  name: 'bench layers',
  summary: 'where the time of a step goes, layer by layer',
  description: [
    "Times each layer of a network on one thread, forward and backward, over a batch of noise. GFLOP/s are the formula's operations in that time, and the share is that of the kernels' measured peak: Winograd's algorithm makes fewer operations, and may be above 100 %.",
    'A layer without figures does nothing of its own: the one before does its work in its own pass.',
  ],
  options,
  examples: [
    { does: 'ResNet-20, with a trace', arguments: '--model resnet20 --size 32 --trace trace.json' },
    { does: 'each image for itself', arguments: '--model lenet5 --batch 1' },
  ],
  async run({ given }, { output }) {
    const { trace: file, ...rest } = options.parse(given);
    const { layers, trace, ...figures } = await benchLayers(rest);
    if (file !== undefined) await writeWhole(file, trace, '--trace');
    const { model, batch, shards, kernels, peak, milliseconds } = figures;
    output.line(
      `${model}, batch ${batch}, ${shards} shards, ${kernels} kernels, one thread: peak of the register tile ${peak.toFixed(0)} GFLOP/s`,
    );
    output.line();
    const head = ['layer', 'kind', 'output', 'forward ms', 'GFLOP/s', 'peak', 'backward ms', 'GFLOP/s', 'peak', 'algorithms']; // biome-ignore format: one line
    for (const line of table([head, ...layers.map(row)])) output.line(line.trimEnd());
    for (const layer of layers) output.event({ event: 'layer', ...layer });
    const inLayers = layers.reduce((sum, { forward, backward }) => sum + timeOf(forward) + timeOf(backward), 0);
    output.line();
    output.line(
      `${milliseconds.toFixed(2)} ms forward and backward, ${inLayers.toFixed(2)} of it in layers; the rest is the loss, and the timing itself`,
    );
    if (file !== undefined) output.line(`wrote ${file}`);
    output.event({ event: 'done', ...figures, ...(file !== undefined && { trace: file }) });
    return exitCodes.done;
  },
});

const timeOf = (pass: PassFigures | undefined): number => pass?.milliseconds ?? 0;

function row({ name, op, output, forward, backward, algorithms }: LayerFigures): string[] {
  return [name, op, output.join('x'), ...cells(forward), ...cells(backward), algorithmsText(algorithms)];
}

function cells(pass: PassFigures | undefined): [milliseconds: string, gigaflops: string, share: string] {
  if (!pass) return ['–', '–', '–'];
  const { milliseconds, gigaflops, shareOfPeak } = pass;
  return [milliseconds.toFixed(3), ...(gigaflops === 0 ? (['', ''] as const) : ([gigaflops.toFixed(1), formatShare(shareOfPeak, 0)] as const))]; // biome-ignore format: one line
}

/** One word where all passes are computed alike. */
function algorithmsText(algorithms: LayerFigures['algorithms']): string {
  if (!algorithms) return '';
  const { forward, inputGradient, weightGradient } = algorithms;
  if (forward === inputGradient && forward === weightGradient) return forward;
  return `${forward}, input gradient ${inputGradient}, weight gradient ${weightGradient}`;
}
