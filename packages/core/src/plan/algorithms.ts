import { type AlgorithmChoice, type ConvolutionAlgorithms, convolutionAlgorithms } from '@lockstep/kernels';
import { z } from 'zod';
import type { Graph } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';

/**
 * Which algorithm computes each pass of each convolution, by the node's name. It decides bits: so it is chosen once, when a run is
 * created, by the layers' shapes alone, and kept with the run.
 */
export type AlgorithmTable = Readonly<Record<string, ConvolutionAlgorithms>>;

const algorithm = z.enum(convolutionAlgorithms);

/** An {@link AlgorithmTable} as it is read from a file. */
export const algorithmTableSchema = z.record(
  z.string(),
  z.object({ forward: algorithm, inputGradient: algorithm, weightGradient: algorithm }),
);

/** @throws CoreError for a graph that does not fit together */
export function chooseAlgorithms(graph: Graph, choice: AlgorithmChoice = 'auto'): AlgorithmTable {
  return Object.fromEntries(
    resolveGraph(graph).nodes.flatMap(({ name, layer, options, inputs }) => {
      const chosen = layer.algorithms?.(options, inputs, choice);
      return chosen ? [[name, chosen]] : [];
    }),
  );
}
