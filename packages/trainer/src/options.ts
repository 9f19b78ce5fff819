import { optimiserNames, scheduleSchema } from '@lockstep/core';
import { augmentPolicies, brokenPolicies, datasetNames, mixingSchema, samplers } from '@lockstep/data';
import { type AlgorithmChoice, type KernelBuild, kernelBuilds } from '@lockstep/kernels';
import { z } from 'zod';
import { optimiserDefaults } from './optimisation.ts';

const defaultRates = Object.entries(optimiserDefaults).map(([name, { lr }]) => `${lr} for ${name}`);
const fraction = z.number().min(0).lt(1).optional();

const units = { KiB: 10, MiB: 20, GiB: 30, TiB: 40 } as const;

/** A number of bytes, or a text such as 2GiB that stands for one. */
const bytes = z
  .union([z.int().min(1), z.string().regex(/^\d+(\.\d+)?\s*[KMGT]iB$/)])
  .transform((value) => {
    if (typeof value === 'number') return value;
    const unit = value.slice(-3) as keyof typeof units;
    return Math.floor(Number.parseFloat(value) * 2 ** units[unit]);
  })
  .meta({ title: 'N[KiB|MiB|GiB]' });

/**
 * The options of a training run: those of `lockstep train`, of a configuration file, and of {@link runTraining}. This is
 * their only declaration: types, defaults, checks and the command line's help are made from it.
 */
export const trainOptionsSchema = z.strictObject({
  data: z
    .string()
    .min(1)
    .default('mnist')
    .describe(
      `data set: ${datasetNames().join(', ')}, or the path of a folder with a folder of pictures for each class`,
    ),
  model: z
    .string()
    .default('small-cnn')
    .describe(
      'network: one of those that "lockstep models" lists; or a file: of your own, as plain data in JSON or YAML, or a module (.ts, .js, .mjs) whose default export makes it; or with its weights, .onnx or model.json of TensorFlow.js',
    ),
  weights: z
    .string()
    .min(1)
    .optional()
    .describe(
      "safetensors file with the model's weights to start from, by torchvision's names; its head is replaced if it is for another number of classes",
    ),
  classes: z.int().min(2).optional().describe('outputs of the network; default: as many as the data has classes'),
  epochs: z.int().min(1).default(6).describe('times to go through the training set'),
  batch: z.int().min(1).default(128).describe('samples of a batch, over all workers'),
  accumulate: z
    .int()
    .min(1)
    .default(1)
    .describe(
      'batches a step, whose gradients are added up before the update: the same as a batch as many times as large, in the memory of one; but batch norm over the whole batch is over each of them',
    ),
  workers: z
    .union([z.literal('auto'), z.int().min(1)])
    .default('auto')
    .describe('threads; no bit depends on their number'),
  shards: z
    .union([z.literal('auto'), z.int().min(1)])
    .default('auto')
    .describe('logical shards of a batch, which sums are made over; auto: 16, or a quarter of a smaller batch'),
  batchNorm: z
    .union([
      z.literal('sync'),
      z
        .string()
        .regex(/^ghost:[1-9]\d*$/)
        .meta({ title: 'ghost:N' }),
    ])
    .default('sync')
    .describe(
      'what batch norm takes its statistics over in training: sync, the whole batch; ghost:N, each N consecutive samples of it, for which no workers meet',
    ),
  optimizer: z.enum(optimiserNames).default('sgd').describe('optimiser'),
  lr: z
    .number()
    .positive()
    .optional()
    .describe(`learning rate at its highest; default: ${defaultRates.join(', ')}`),
  momentum: fraction.describe('momentum of sgd, lars and rmsprop; default: 0.9, and 0 for rmsprop'),
  weightDecay: z
    .number()
    .min(0)
    .optional()
    .describe(
      'weight decay, added to the gradient; by itself for adamw and lion. Default: 1e-4 for sgd and lars, 0.01 for adamw, else 0',
    ),
  decayExclude: z
    .enum(['none', 'normAndBias'])
    .optional()
    .describe(
      'what does not decay: none, or normAndBias, all tensors of one axis; for lars they have the plain learning rate too',
    ),
  nesterov: z.boolean().default(true).describe("Nesterov's form of momentum, for sgd"),
  beta1: fraction.describe('how much of the mean gradient stays, for adam, adamw and lion; default: 0.9'),
  beta2: fraction.describe(
    'how much of the mean squared gradient stays, for adam and adamw; of the mean gradient, for lion. Default: 0.999, and 0.99 for lion',
  ),
  alpha: fraction.describe('how much of the mean squared gradient stays, for rmsprop; default: 0.99'),
  eps: z
    .number()
    .positive()
    .optional()
    .describe(
      'added to the root of the squared gradients; default: 1e-8 for adam, adamw and rmsprop, 1e-10 for adagrad',
    ),
  trustCoefficient: z
    .number()
    .positive()
    .optional()
    .describe('length of a step of lars, relative to that of the weights; default: 0.001'),
  clipNorm: z
    .number()
    .positive()
    .optional()
    .describe('largest norm of the gradient, which is scaled down to it; default: none'),
  schedule: scheduleSchema.shape.kind.describe('how the learning rate goes down'),
  warmupEpochs: z.number().min(0).default(0.5).describe('epochs in which the learning rate rises from 0'),
  freeze: z
    .array(z.string().min(1))
    .min(1)
    .meta({ title: 'PATTERN,…' })
    .optional()
    .describe(
      'parameters that are not trained, by name, such as "layer1.*" for all of that block; a batch norm that is frozen keeps its statistics, and uses them',
    ),
  lrMultiplier: z
    .array(z.string().regex(/^[^=]+=(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i))
    .min(1)
    .meta({ title: 'PATTERN=X,…' })
    .optional()
    .describe('what the learning rate is multiplied by for parameters, by name; of several that match the last counts'),
  headWarmUp: z
    .number()
    .positive()
    .optional()
    .describe(
      'epochs in which only the head is trained that begins anew, since the weights are for other classes; then all is',
    ),
  labelSmoothing: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('how much of each target goes to all classes alike, in training'),
  classWeights: z
    .union([z.enum(['none', 'balanced']), z.array(z.number().min(0)).min(2)])
    .default('none')
    .describe(
      'what the classes count in training: none, balanced for the rarer the more, or a number for each, in the order of the classes',
    ),
  augment: z
    .string()
    .min(1)
    .default('light')
    .describe(
      `augmentation: ${Object.keys(augmentPolicies).join(', ')}; several with + between; or a file with transforms (.json, .yaml)`,
    ),
  mixup: mixingSchema.shape.mixup.describe(
    'mix each picture and its class with another of the batch: α of Beta(α, α), which says how much; 0 for not at all',
  ),
  cutmix: mixingSchema.shape.cutmix.describe(
    'paste a box of another picture of the batch into each: α of Beta(α, α), which says how large; with mixup, one of both by chance',
  ),
  sampler: z
    .enum(samplers)
    .default('shuffled')
    .describe('shuffled: each picture once an epoch; balanced: each class equally often'),
  seed: z.int().min(0).max(0xffffffff).default(1).describe('seed of all randomness'),
  patience: z
    .int()
    .min(1)
    .optional()
    .describe(
      'stop after so many epochs without a better accuracy, of --validation if there is one, else of the test set; default: go through all',
    ),
  checkpointSeconds: z
    .number()
    .min(0)
    .default(60)
    .describe('seconds between checkpoints in the middle of an epoch; there is one after each epoch besides'),
  keepCheckpoints: z
    .int()
    .min(1)
    .default(3)
    .describe('how many of the last checkpoints are kept; the best one besides'),
  runDir: z.string().min(1).optional().describe('folder to write to; default runs/<date>-<model>-<data>'),
  size: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe('pixels a side that picture files are brought to; default: 64, and what data of one size comes with'),
  color: z.enum(['rgb', 'grey']).optional().describe('what picture files become; default: rgb'),
  fit: z
    .enum(['cover', 'contain', 'fill'])
    .optional()
    .describe(
      'how picture files become square: cover takes the middle, contain adds black bars, fill stretches; default: cover',
    ),
  background: z
    .array(z.int().min(0).max(255))
    .length(3)
    .meta({ title: 'R,G,B' })
    .optional()
    .describe('colour that shows through transparent parts and fills bars, each in 0 to 255; default: black'),
  limitInputPixels: z
    .int()
    .min(1)
    .optional()
    .describe('the most pixels that a picture file may have; default: 268402689'),
  memoryLimit: bytes
    .optional()
    .describe(
      "the most memory for decoded pictures; those above it are decoded when they are needed. Default: half of the machine's",
    ),
  onBroken: z
    .enum(brokenPolicies)
    .default('error')
    .describe('a picture that cannot be decoded ends the run, is skipped, or all of them are listed'),
  testShare: z
    .number()
    .positive()
    .lt(1)
    .default(0.2)
    .describe('share of the pictures to test with, where the data has no test set of its own; chosen by the seed'),
  validation: z
    .union([z.enum(['none', 'own']), z.number().positive().lt(1)])
    .default('none')
    .describe(
      'what says which epoch is the best, and when --patience is over, so that the test set is looked at once, at the end: a share of the ' +
        'training set, of each class, chosen by the seed; or own, the validation set that comes with the data; or none, the test set itself',
    ),
  limitTrain: z
    .int()
    .min(1)
    .optional()
    .describe('use only the first so many training samples, the share for validation among them'),
  limitTest: z
    .int()
    .min(1)
    .optional()
    .describe("use only the first so many test samples, and of the data's own validation set"),
  kernels: z
    .enum(['auto', ...kernelBuilds, 'direct', 'winograd'])
    .default('auto')
    .describe(
      'build of the kernels, of which auto takes the faster of default and revectorised, which have the same bits; ' +
        'or the algorithm of all convolutions that it applies to, in the faster build',
    ),
});

/** The build and the convolutions' algorithm that `kernels` asks for. */
export function kernelsChoice(kernels: TrainOptions['kernels']): {
  readonly build: 'auto' | KernelBuild;
  readonly algorithm: AlgorithmChoice;
} {
  if (kernels === 'direct' || kernels === 'winograd') return { build: 'auto', algorithm: kernels };
  return { build: kernels, algorithm: 'auto' };
}

/** What a person writes; everything has a default. */
export type TrainOptionsInput = z.input<typeof trainOptionsSchema>;
export type TrainOptions = z.output<typeof trainOptionsSchema>;
