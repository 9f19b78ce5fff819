/**
 * The shape of one sample: [height, width, channels] for a map, [length, channels] for a sequence, [features] for a vector.
 * The batch is not part of it.
 * In memory a map is NHWC.
 */
export type Shape = readonly number[];

/** One operation: its kind, its options, and the names of the tensors that it reads. Its output has the node's name. */
export interface GraphNode {
  /** Unique; also the prefix of the names of its parameters, as torchvision spells them (`layer1.0.conv1`). */
  readonly name: string;
  readonly op: string;
  /** URL of the module that defines the operation, if it is not of this package: whoever resolves the graph imports it before. */
  readonly module?: string;
  readonly inputs: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  /** An earlier node of the same kind, whose parameters this one uses instead of its own: both are trained as one. */
  readonly shareWith?: string;
}

/**
 * A network: a directed acyclic graph as plain data, so that it travels to workers and into files. Nodes are in an order
 * in which each comes after those that it reads.
 */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly nodes: readonly GraphNode[];
  /** Names of tensors. The loss is taken of the first; the others are computed, and kept for whoever reads them. */
  readonly outputs: readonly string[];
  /**
   * Outputs that only help in training, such as GoogLeNet's classifiers in the middle: what each one's loss is multiplied by.
   * Default: none.
   */
  readonly auxiliary?: Readonly<Record<string, number>>;
}

/** How messages write a shape: `28x28x6`. */
export const shapeText = (shape: Shape): string => shape.join('x');

/** Elements of one sample. */
export const elements = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);
