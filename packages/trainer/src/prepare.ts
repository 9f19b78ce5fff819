import { totalmem } from 'node:os';
import { chooseAlgorithms, classificationLosses, type Graph, type OutputLoss } from '@lockstep/core';
import {
  classWeights as balancedWeights,
  channelStatistics,
  createTransform,
  type ImageDataset,
  type LoadOptions,
  loadDataset,
  type Normalisation,
  type PictureSurvey,
  readPolicy,
  type Split,
  type TransformSpec,
} from '@lockstep/data';
import { TrainerError } from './errors.ts';
import { loadModel } from './model.ts';
import { optimisation } from './optimisation.ts';
import { kernelsChoice, type TrainOptions } from './options.ts';
import type { Recipe } from './setup.ts';
import { ghostBatch, shardsAndWorkers } from './shards-and-workers.ts';
import { type StartingState, startingState } from './starting-state.ts';
import { transferOf } from './transfer.ts';

/** What the options come to, once the data has been read. */
export interface PreparedRun {
  readonly recipe: Recipe;
  readonly train: ImageDataset;
  /** What epochs are judged by, if not by the test set. */
  readonly validation?: ImageDataset | undefined;
  readonly test: ImageDataset;
  readonly workers: number;
  /** What it begins with, where files give it. */
  readonly start?: StartingState | undefined;
}

/** What loading tells while it goes on, and what stops it. */
export type LoadEvents = Pick<LoadOptions, 'onProgress' | 'onWarning' | 'signal'>;

/** What is known from before of a run that goes on. */
export interface KnownRun {
  readonly graph: Graph;
  readonly augment: TransformSpec;
  /** What looking through streamed pictures came to. */
  readonly surveys?: { readonly [split in Split]?: PictureSurvey | undefined } | undefined;
}

/**
 * Reads the data, and makes the recipe and the number of workers of it.
 *
 * @param known what a run that has begun knows: no file of a model, of weights or of a policy is read then, and its own recipe says what is trained
 * @throws what is wrong with an option or the data
 */
export async function prepareRun(
  options: TrainOptions,
  events: LoadEvents = {},
  known?: KnownRun,
): Promise<PreparedRun> {
  const { shards, workers } = shardsAndWorkers(options);
  const augment = known?.augment ?? (await readPolicy(options.augment));
  const { train, validation, test } = await loadSplits(options, events, known);
  const { height, width, channels } = createTransform(augment).outputShape(train);
  const classes = classNames(train, options.classes);
  const model: Awaited<ReturnType<typeof loadModel>> = known
    ? { graph: known.graph }
    : await loadModel(options.model, { height, width, channels, classes: classes.length });
  const { graph } = model;
  const { epochs, accumulate, sampler, seed } = options;
  const start = known ? undefined : await startingState(options, { graph, seed }, model.state);
  const recipe = {
    graph,
    algorithms: chooseAlgorithms(graph, kernelsChoice(options.kernels).algorithm),
    batch: options.batch * accumulate,
    accumulate,
    shards,
    ghostBatch: ghostBatch(options),
    epochs,
    seed,
    losses: lossesOf(options, graph, { ...train, classes }),
    ...optimisation(options),
    ...(!known && transferOf(options, { graph }, start)),
    sampler,
    augment,
    mixing: { mixup: options.mixup, cutmix: options.cutmix },
    normalisation: usableStatistics(train),
  };
  const named = (dataset: ImageDataset): ImageDataset => ({ ...dataset, classes });
  return {
    recipe,
    train: named(train),
    validation: validation && named(validation),
    test: named(test),
    workers,
    start,
  };
}

/** All that is trained on, validated with and tested with, within the memory for pictures. */
async function loadSplits(options: TrainOptions, events: LoadEvents, known: KnownRun | undefined) {
  const memory = options.memoryLimit ?? totalmem() / 2;
  const loading = { ...pictureOptions(options), ...events, stream: { batch: options.batch * options.accumulate } };
  let taken = 0;
  // One after the other: each decodes on all cores.
  const load = async (split: Split, later: number): Promise<ImageDataset> => {
    const dataset = await loadDataset(options.data, {
      ...loading,
      split,
      limit: limitOf(options, split),
      memoryLimit: memory - taken - later,
      survey: known?.surveys?.[split],
    });
    taken += dataset.images.length;
    return dataset;
  };
  const isValidated = options.validation !== 'none';
  const each = memoryForTest(memory / (isValidated ? 2 : 1), options);
  const train = await load('train', isValidated ? 2 * each : each);
  const validation = isValidated ? await load('validation', each) : undefined;
  return { train, validation, test: await load('test', 0) };
}

/** How many samples of a split are taken; a share for validation is one of those to train on. */
export const limitOf = (
  { limitTrain, limitTest, validation }: Pick<TrainOptions, 'limitTrain' | 'limitTest' | 'validation'>,
  split: Split,
): number | undefined =>
  split === 'train' || (split === 'validation' && validation !== 'own') ? limitTrain : limitTest;

/** What of the memory for pictures is a test set's in any case: an eighth, and two batches if they fit into half of it. */
function memoryForTest(memory: number, { size = 64, color, batch, accumulate }: TrainOptions): number {
  const picture = size * size * (color === 'grey' ? 1 : 3);
  return Math.max(memory / 8, Math.min(memory / 2, 2 * batch * accumulate * picture));
}

/** The classes of the data, two at least, and names for the outputs that a person asked for beyond them. */
function classNames({ name, classes }: ImageDataset, outputs = classes.length): readonly string[] {
  if (outputs < 2) {
    throw new TrainerError(
      'TRAINER_OPTIONS',
      `expected pictures of two classes at least, to be told apart; ${name} has one, ${classes[0]}: put those of another beside it`,
    );
  }
  if (outputs >= classes.length) {
    return Array.from({ length: outputs }, (_, i) => classes[i] ?? `unused ${i}`);
  }
  throw new TrainerError(
    'TRAINER_OPTIONS',
    `expected at least as many classes as ${name} has, ${classes.length}, got --classes ${outputs}`,
  );
}

/** What the network is trained by. @throws TrainerError `TRAINER_OPTIONS` for weights that are not one a class */
function lossesOf(
  { labelSmoothing, classWeights, mixup, cutmix }: TrainOptions,
  graph: Graph,
  train: ImageDataset,
): OutputLoss[] {
  const weight = classWeights === 'balanced' ? balancedWeights(train.labels, train.classes.length) : classWeights;
  if (Array.isArray(weight) && weight.length !== train.classes.length) {
    throw new TrainerError(
      'TRAINER_OPTIONS',
      `expected a class weight for each of the ${train.classes.length} classes of ${train.name}, got ${weight.length}`,
    );
  }
  return classificationLosses(graph, {
    labelSmoothing,
    ...(weight !== 'none' && { weight }),
    target: train.targets || mixup > 0 || cutmix > 0 ? 'values' : 'classes',
  });
}

type PictureKeys =
  | 'size'
  | 'color'
  | 'fit'
  | 'background'
  | 'limitInputPixels'
  | 'onBroken'
  | 'testShare'
  | 'validation'
  | 'seed';

/** How the options have picture files decoded and split. */
export function pictureOptions({ size, color, background, ...options }: Pick<TrainOptions, PictureKeys>) {
  const { fit, limitInputPixels, onBroken, testShare, validation, seed } = options;
  return {
    ...{ height: size, width: size, channels: { rgb: 3, grey: 1, undefined }[`${color}`] },
    background: background as [number, number, number] | undefined,
    ...{ fit, limitInputPixels, onBroken, testShare, seed },
    validation: validation === 'none' ? undefined : validation,
  };
}

/** A channel that is the same everywhere says nothing, and needs no scale. */
function usableStatistics(dataset: ImageDataset): Normalisation {
  const { mean, std } = channelStatistics(dataset);
  return { mean, std: std.map((deviation) => (deviation > 0 ? deviation : 1)) };
}
