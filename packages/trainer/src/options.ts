import { modelNames, optimiserSchema, scheduleSchema } from '@lockstep/core';
import { augmentPolicies } from '@lockstep/data';
import { kernelBuilds } from '@lockstep/kernels';
import { z } from 'zod';

/**
 * The options of a training run: those of `lockstep train`, of a configuration file, and of {@link runTraining}. This is
 * their only declaration: types, defaults, checks and the command line's help are made from it.
 */
export const trainOptionsSchema = z.strictObject({
  data: z.string().min(1).default('mnist').describe('data set: mnist, or a folder with the four IDX files'),
  model: z
    .string()
    .default('small-cnn')
    .describe(`model: ${modelNames().join(', ')}`),
  epochs: z.int().min(1).default(6).describe('times to go through the training set'),
  batch: z.int().min(1).default(128).describe('samples of a batch, over all workers'),
  workers: z
    .union([z.literal('auto'), z.int().min(1)])
    .default('auto')
    .describe('threads; no bit depends on their number'),
  shards: z
    .union([z.literal('auto'), z.int().min(1)])
    .default('auto')
    .describe('logical shards of a batch, which sums are made over; auto: 16, or one a sample for smaller batches'),
  optimizer: z.enum(['sgd']).default('sgd').describe('optimiser'),
  lr: z.number().positive().default(0.1).describe('learning rate at its highest'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('momentum'),
  weightDecay: z.number().min(0).default(1e-4).describe('weight decay, added to the gradient'),
  nesterov: z.boolean().default(true).describe("Nesterov's form of momentum"),
  schedule: scheduleSchema.shape.kind.describe('how the learning rate goes down'),
  warmupEpochs: z.number().min(0).default(0.5).describe('epochs in which the learning rate rises from 0'),
  augment: z
    .string()
    .default('light')
    .describe(`augmentation: ${Object.keys(augmentPolicies).join(', ')}`),
  seed: z.int().min(0).max(0xffffffff).default(1).describe('seed of all randomness'),
  runDir: z.string().min(1).optional().describe('folder to write to; default runs/<date>-<model>-<data>'),
  limitTrain: z.int().min(1).optional().describe('use only the first so many training samples'),
  limitTest: z.int().min(1).optional().describe('use only the first so many test samples'),
  kernels: z
    .enum(['auto', ...kernelBuilds])
    .default('auto')
    .describe('build of the kernels; auto takes the faster of default and revectorised, which have the same bits'),
});

/** What a person writes; everything has a default. */
export type TrainOptionsInput = z.input<typeof trainOptionsSchema>;
export type TrainOptions = z.output<typeof trainOptionsSchema>;

/** The shards of a batch where nobody chose them: a function of the batch alone. */
export const defaultShards = (batch: number): number => Math.min(16, batch);

/** The optimiser and the schedule that the options ask for. */
export function optimisation(options: TrainOptions) {
  return {
    optimiser: optimiserSchema.parse({
      name: options.optimizer,
      momentum: options.momentum,
      weightDecay: options.weightDecay,
      nesterov: options.nesterov && options.momentum > 0,
    }),
    schedule: scheduleSchema.parse({
      kind: options.schedule,
      learningRate: options.lr,
      warmupEpochs: options.warmupEpochs,
    }),
  };
}
