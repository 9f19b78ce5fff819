import type { ResolvedGraph, ResolvedNode } from '../graph/resolve.ts';
import { isFrozen, type Training } from './training.ts';

/** A batch norm, the addition of a residual connection behind it, and perhaps a ReLU behind that. */
export interface Residual {
  readonly norm: ResolvedNode;
  readonly add: ResolvedNode;
  readonly activation: ResolvedNode | undefined;
}

/**
 * Where in training a batch norm waits for the addition behind it: then what is normalised is added to, and goes through the ReLU,
 * in one pass over memory, in the addition's place in the order; and so do their gradients. Only its statistics are in its own place.
 * The bits are the same.
 *
 * Only where nobody else reads what is between, so that all of them write over one place, and the gradients likewise; and where the
 * normalisation is trained in all of `trainings`: it does something else then.
 */
export function planResiduals({ graph, nodes }: ResolvedGraph, trainings: readonly Training[]): readonly Residual[] {
  const onlyReader = (name: string | undefined): ResolvedNode | undefined => {
    const readers = nodes.filter(({ inputNames }) => inputNames.some((input) => input === name));
    return readers.length === 1 && !graph.outputs.some((output) => output === name) ? readers[0] : undefined;
  };
  return nodes.flatMap((add): Residual[] => {
    if (add.layer.op !== 'add' || add.inputNames[0] === add.inputNames[1]) return [];
    const norm = nodes.find(({ name }) => name === add.inputNames[0]);
    if (!norm?.layer.addsResidual || trainings.some((training) => isFrozen(training, norm))) return [];
    if (onlyReader(norm.name) !== add || onlyReader(norm.inputNames[0]) !== norm) return [];
    const reader = onlyReader(add.name);
    return [{ norm, add, activation: reader?.layer.op === 'relu' ? reader : undefined }];
  });
}
