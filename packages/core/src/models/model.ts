import { CoreError } from '../errors.ts';
import { fitting } from '../graph/fitting.ts';
import type { Graph, Shape } from '../graph/graph.ts';
import { alexnets } from './alexnet.ts';
import { bnInceptions } from './bn-inception.ts';
import { deconvnets } from './deconvnet.ts';
import { deepImagePriors } from './deep-image-prior.ts';
import type { ModelDefinition, ModelFamily, ModelOptions } from './definition.ts';
import { densenets } from './densenet.ts';
import { efficientnets } from './efficientnet.ts';
import { googlenets } from './googlenet.ts';
import { inceptionV3s } from './inception-v3.ts';
import { lenet5 } from './lenet5.ts';
import { mlp } from './mlp.ts';
import { mobilenetV1s } from './mobilenet-v1.ts';
import { mobilenetV2s } from './mobilenet-v2.ts';
import { nasnets } from './nasnet.ts';
import { resnets } from './resnet.ts';
import { resnetRss } from './resnet-rs.ts';
import { smallCnn } from './small-cnn.ts';
import { vggs } from './vgg.ts';
import { wideResnets } from './wide-resnet.ts';

/** Every model by its name on the command line: a new family is a file and a line here. */
const models: ModelFamily = {
  mlp,
  lenet5,
  'small-cnn': smallCnn,
  ...alexnets,
  ...vggs,
  ...googlenets,
  ...bnInceptions,
  ...inceptionV3s,
  ...resnets,
  ...wideResnets,
  ...densenets,
  ...mobilenetV1s,
  ...mobilenetV2s,
  ...efficientnets,
  ...resnetRss,
  ...nasnets,
  ...deconvnets,
  ...deepImagePriors,
};

/** The names that {@link createModel} knows. */
export const modelNames = (): string[] => Object.keys(models);

/** What a model was published with. */
export interface ModelInfo {
  readonly name: string;
  /** Pictures and classes of the published figures. */
  readonly original: ModelOptions;
  /** Authors and year, and the number on arXiv; `Lockstep` of our own. */
  readonly paper: string;
}

/** @throws CoreError `MODEL_UNKNOWN` */
export function modelInfo(name: string): ModelInfo {
  const { original, paper } = definitionOf(name);
  return { name, original, paper };
}

/**
 * The graph of a model, checked for the input's size.
 *
 * @throws CoreError `MODEL_UNKNOWN`, `MODEL_OPTIONS`, or what is wrong with the input's size, by layer, and the smallest that it takes.
 */
export function createModel(name: string, options: ModelOptions): Graph {
  const model = definitionOf(name);
  if (!Number.isInteger(options.classes) || options.classes < 2) {
    throw new CoreError('MODEL_OPTIONS', `${name}: expected at least 2 classes, got ${options.classes}`);
  }
  const { inputShape, classes } = options;
  const build = (shape: Shape): Graph => model.build({ inputShape: shape, classes });
  return fitting(name, build, inputShape, model.original.inputShape[0]!);
}

function definitionOf(name: string): ModelDefinition {
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  if (model) return model;
  throw new CoreError('MODEL_UNKNOWN', `there is no model "${name}"; there are ${modelNames().join(', ')}`);
}
