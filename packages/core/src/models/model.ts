import { CoreError } from '../errors.ts';
import type { Graph, Shape } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { lenet5 } from './lenet5.ts';
import { mlp } from './mlp.ts';
import { mobilenetV2 } from './mobilenet-v2.ts';
import { resnet, resnetCifar } from './resnet.ts';
import { smallCnn } from './small-cnn.ts';
import { vgg11Cifar } from './vgg.ts';

export interface ModelOptions {
  /** [height, width, channels] of a picture. */
  readonly inputShape: Shape;
  readonly classes: number;
}

/** Every model by its name on the command line: a new one is a file and a line here. */
const models: Readonly<Record<string, (options: ModelOptions) => Graph>> = {
  lenet5,
  mlp,
  'mobilenet-v2': mobilenetV2,
  resnet18: resnet(18),
  resnet20: resnetCifar(20),
  resnet32: resnetCifar(32),
  resnet34: resnet(34),
  resnet44: resnetCifar(44),
  resnet56: resnetCifar(56),
  resnet110: resnetCifar(110),
  'small-cnn': smallCnn,
  'vgg11-cifar': vgg11Cifar,
};

/** The names that {@link createModel} knows. */
export const modelNames = (): string[] => Object.keys(models);

/**
 * The graph of a model, checked for the input's size.
 *
 * @throws CoreError `MODEL_UNKNOWN`, `MODEL_OPTIONS`, or what is wrong with the input's size, by layer.
 */
export function createModel(name: string, options: ModelOptions): Graph {
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  if (!model) throw new CoreError('MODEL_UNKNOWN', `there is no model "${name}"; there are ${modelNames().join(', ')}`);
  if (!Number.isInteger(options.classes) || options.classes < 2) {
    throw new CoreError('MODEL_OPTIONS', `${name}: expected at least 2 classes, got ${options.classes}`);
  }
  const graph = model(options);
  try {
    resolveGraph(graph);
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    throw new CoreError(
      cause.code,
      `${name} cannot take pictures of ${options.inputShape.join('x')}: ${cause.message}`,
      { cause },
    );
  }
  return graph;
}
