import type { Graph } from '@lockstep/core';
import { z } from 'zod';
import { loadModel } from '../model.ts';
import { trainOptionsSchema } from '../options.ts';

const { batch, kernels, model, shards } = trainOptionsSchema.shape;

/** The options of every benchmark of a network. */
export const networkOptions = {
  model,
  size: z.int().min(1).default(28).describe('height and width of the pictures'),
  channels: z
    .union([z.literal('auto'), z.int().min(1)])
    .default('auto')
    .describe("channels of the pictures; auto: 1 for a size of 28, as MNIST's have, else 3"),
  classes: z.int().min(2).default(10).describe('classes'),
  batch,
  shards,
  kernels,
};

/** The network that the options name, and the shape of its pictures. @throws as {@link loadModel} */
export async function benchNetwork({
  model,
  size,
  channels: given,
  classes,
}: Pick<z.output<z.ZodObject<typeof networkOptions>>, 'model' | 'size' | 'channels' | 'classes'>): Promise<{
  graph: Graph;
  channels: number;
}> {
  const channels = given === 'auto' ? (size === 28 ? 1 : 3) : given;
  const { graph } = await loadModel(model, { height: size, width: size, channels, classes });
  return { graph, channels };
}
