import { createModel, forTraining, type Graph, modelInfo, type StateDict, withInputShape } from '@lockstep/core';
import { TrainerError } from './errors.ts';
import { importModel, isModule } from './model-module.ts';
import { isNetworkFile, readNetworkFile } from './network-file.ts';

/** What a network is wanted for. Left out is what it was described with, or what a file has. */
export interface ModelUse {
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  readonly channels?: number | undefined;
  readonly classes?: number | undefined;
}

/** For a module's function where nobody says more: ImageNet's pictures. */
const usual = { inputShape: [224, 224, 3], classes: 1000 };

/**
 * A network by its name; or by a file of it, which may be plain data in JSON or YAML, a module in TypeScript or JavaScript, ONNX, or a
 * layers-model of TensorFlow.js. A network of a file has another input, and another last layer, where it is wanted for pictures of
 * another shape, or other classes.
 *
 * @returns the graph; and its weights, where the file has them
 * @throws CoreError `MODEL_UNKNOWN`, or what is wrong with the graph, by layer; TrainerError `TRAINER_OPTIONS`, `TRAINER_WEIGHTS`
 * or `TRAINER_MODEL` for a file that cannot be read
 */
export async function loadModel(model: string, use: ModelUse): Promise<{ graph: Graph; state?: StateDict }> {
  const shapeFor = ([height, width, channels]: readonly number[]): readonly number[] => [
    use.height ?? height!,
    use.width ?? width!,
    use.channels ?? channels!,
  ];
  const optionsFor = ({ inputShape, classes }: typeof usual) => ({
    inputShape: shapeFor(inputShape),
    classes: use.classes ?? classes,
  });
  if (isModule(model)) {
    const { graph, made } = await importModel(model, optionsFor(usual));
    return { graph: made ? graph : fitted(model, graph, use, shapeFor) };
  }
  if (!isNetworkFile(model)) {
    return { graph: createModel(model, optionsFor(modelInfo(model).original as typeof usual)) };
  }
  const { height, width } = use;
  const file = await readNetworkFile(model, height === undefined || width === undefined ? undefined : [height, width]);
  return { ...file, graph: fitted(model, file.graph, use, shapeFor) };
}

/** A file's network for what it is wanted for. */
function fitted(
  file: string,
  graph: Graph,
  { classes, ...sizes }: ModelUse,
  shapeFor: (shape: readonly number[]) => readonly number[],
): Graph {
  const { shape } = graph.inputs[0]!;
  const wanted = Object.values(sizes).some((size) => size !== undefined);
  if (wanted && shape.length !== 3) {
    throw new TrainerError('TRAINER_OPTIONS', `${file} takes no pictures, but ${shape.join('x')}`);
  }
  const sized = wanted ? withInputShape(graph, shapeFor(shape)) : graph;
  return classes === undefined ? sized : forTraining(sized, classes);
}
