import type { Graph } from '../graph/graph.ts';
import type { StateDict } from '../state.ts';
import { type Batch, Network, testState } from './network.ts';

/**
 * A random state whose running means are a batch's, and its variances twice the batch's. With any others what a deep network computes
 * in evaluation grows from layer to layer, until squeeze-and-excitation's sigmoids are 0 or 1 as rounding decides; with once the
 * variances what rounding has left grows.
 */
export function settledState(graph: Graph, batch: Batch): StateDict {
  const nodes = graph.nodes.map((node) =>
    node.op === 'batchNorm2d' ? { ...node, options: { ...node.options, momentum: 1 } } : node,
  );
  const network = new Network({ graph: { ...graph, nodes }, batch: batch.labels.length, shards: 2 });
  const state = new Map(testState(graph));
  network.load(state);
  network.train(batch);
  for (const [name, values] of network.nextBuffers()) {
    const data = name.endsWith('.running_var') ? values.map((variance) => 2 * variance) : values;
    state.set(name, { shape: [data.length], data });
  }
  return state;
}
