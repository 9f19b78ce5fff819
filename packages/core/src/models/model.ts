import { CoreError } from '../errors.ts';
import { type Graph, type Shape, shapeText } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
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
  try {
    const graph = model.build(options);
    resolveGraph(graph);
    return graph;
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    const message = `${name} cannot take pictures of ${shapeText(options.inputShape)}: ${cause.message}`;
    const smallest = cause.code === 'GRAPH_SHAPE' ? smallestSize(model, options) : undefined;
    throw new CoreError(
      cause.code,
      smallest === undefined || options.inputShape.slice(0, 2).every((size) => size >= smallest)
        ? message
        : `${message}; the smallest square picture that it takes is ${smallest}x${smallest}`,
      { cause },
    );
  }
}

function definitionOf(name: string): ModelDefinition {
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  if (model) return model;
  throw new CoreError('MODEL_UNKNOWN', `there is no model "${name}"; there are ${modelNames().join(', ')}`);
}

/** The side of the smallest square that a model takes, by halving, since it takes all larger ones; undefined if it is above the original's. */
function smallestSize({ build, original }: ModelDefinition, { inputShape, classes }: ModelOptions): number | undefined {
  const fits = (size: number): boolean => {
    const shape: Shape = [size, size, inputShape[2] ?? 1];
    try {
      resolveGraph(build({ inputShape: shape, classes }));
      return true;
    } catch (error) {
      if (error instanceof CoreError) return false;
      throw error;
    }
  };
  let [low, high] = [0, original.inputShape[0]!];
  if (!fits(high)) return undefined;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return high;
}
