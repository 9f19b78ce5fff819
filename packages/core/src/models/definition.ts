import type { Graph, Shape } from '../graph/graph.ts';

export interface ModelOptions {
  /** [height, width, channels] of a picture. */
  readonly inputShape: Shape;
  readonly classes: number;
}

/** A model as it was published, and how it is made for other pictures and classes. */
export interface ModelDefinition {
  build(options: ModelOptions): Graph;
  /** What its published figures are for. */
  readonly original: ModelOptions;
  /** Who described it, and when; on arXiv its number. */
  readonly paper: string;
}

/** Models by their names on the command line. */
export type ModelFamily = Readonly<Record<string, ModelDefinition>>;

/** 1,000 classes of square coloured pictures. */
export const imageNet = (size: number): ModelOptions => ({ inputShape: [size, size, 3], classes: 1000 });

/** CIFAR-10's ten classes of 32×32. */
export const cifar: ModelOptions = { inputShape: [32, 32, 3], classes: 10 };

/** MNIST's ten digits of 28×28. */
export const mnist: ModelOptions = { inputShape: [28, 28, 1], classes: 10 };

/** One family's models by some of their settings: `byName({ 'net-a': 1 }, (x) => define(x))`. */
export const byName = <T>(
  settings: Readonly<Record<string, T>>,
  define: (setting: T, name: string) => ModelDefinition,
): ModelFamily => Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, define(setting, name)]));
