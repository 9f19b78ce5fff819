import { classificationLosses, resolveGraph } from '@lockstep/core';
import { createTransform, type ImageDataset, withoutChance } from '@lockstep/data';
import { TrainerError } from './errors.ts';
import type { Recipe } from './setup.ts';

/**
 * Refuses a recipe that is not one for classifying the pictures of these data sets.
 *
 * @throws TrainerError `TRAINER_OPTIONS`, CoreError for a graph that does not fit together
 */
export function checkData(
  { graph, epochs, losses, mixing, augment }: Recipe,
  train: ImageDataset,
  ...evaluated: readonly ImageDataset[]
): void {
  const refuse = (message: string): never => {
    throw new TrainerError('TRAINER_OPTIONS', message);
  };
  if (!Number.isInteger(epochs) || epochs < 1) refuse(`expected epochs to be a positive integer, got ${epochs}`);
  const { inputs, outputs } = graph;
  if (inputs.length !== 1 || outputs.length === 0) {
    refuse(`${graph.name}: expected one input and an output, got ${inputs.length} and ${outputs.length}`);
  }
  const [first, ...others] = losses ?? classificationLosses(graph);
  if (
    first?.output !== outputs[0] ||
    first?.loss.name !== 'crossEntropyLoss' ||
    others.some(({ auxiliary }) => !auxiliary)
  ) {
    refuse(
      `${graph.name}: expected the losses to be crossEntropyLoss of "${outputs[0]}" and auxiliary ones, since samples have a class ` +
        `and nothing else, got ${JSON.stringify(losses)}`,
    );
  }
  if (mixing && (mixing.mixup > 0 || mixing.cutmix > 0) && first?.loss.options.target !== 'values') {
    refuse("mixup and cutmix mix the targets too: give crossEntropyLoss the option target: 'values'");
  }
  const expected = inputs[0]!.shape.join('x');
  const output = resolveGraph(graph).shapes.get(outputs[0]!)!;
  const untrained = evaluated.map((dataset) => [dataset, withoutChance(augment)] as const);
  for (const [dataset, transform] of [[train, augment] as const, ...untrained]) {
    const { name, classes } = dataset;
    const { height, width, channels } = createTransform(transform).outputShape(dataset);
    const actual = [height, width, channels].join('x');
    if (actual !== expected) {
      refuse(`${graph.name} reads pictures of ${expected}, but those of ${name} are ${actual}`);
    }
    if (output.length !== 1 || output[0]! < classes.length) {
      refuse(`${graph.name} gives out ${output.join('x')}, but ${name} takes a vector of ${classes.length} classes`);
    }
  }
}
