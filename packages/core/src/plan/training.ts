import type { ResolvedGraph, ResolvedNode } from '../graph/resolve.ts';

/** Which parameters are trained, and what follows from it: plain data. */
export interface Training {
  /** Full names of the parameters that are not. */
  readonly frozen: ReadonlySet<string>;
  /** The tensors whose gradient somebody needs: those that depend on a trained parameter, and all if the inputs' are wanted. */
  readonly needs: ReadonlySet<string>;
}

/** @param frozen those that nodes share have the first one's name */
export function planTraining(
  { graph, nodes }: ResolvedGraph,
  frozen: ReadonlySet<string>,
  inputGradients: boolean,
): Training {
  const needs = new Set(inputGradients ? graph.inputs.map(({ name }) => name) : []);
  for (const node of nodes) {
    const through = node.inputNames.filter((_, which) => !node.layer.constants?.includes(which));
    if (trainedParameters({ frozen }, node).length > 0 || through.some((name) => needs.has(name))) needs.add(node.name);
  }
  return { frozen, needs };
}

/** The parameters of a node that are trained, by the names that its layer knows. */
export const trainedParameters = (
  { frozen }: Pick<Training, 'frozen'>,
  { parameters, parametersOf }: ResolvedNode,
): string[] => parameters.map(({ name }) => name).filter((name) => !frozen.has(`${parametersOf}.${name}`));

/** Whether a node has parameters, and none of them is trained: then it is a function that stays as it is. */
export const isFrozen = (training: Training, node: ResolvedNode): boolean =>
  node.parameters.length > 0 && trainedParameters(training, node).length === 0;
