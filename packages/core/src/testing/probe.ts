import { GraphBuilder, type LayerCall } from '../graph/builder.ts';
import type { Graph, Shape } from '../graph/graph.ts';
import { resolveGraph } from '../graph/resolve.ts';
import { flatten } from '../layers/flatten.ts';
import { linear } from '../layers/linear.ts';
import type { StateDict } from '../state.ts';
import { Network, testState } from './network.ts';

/** input → the layer, called "layer" → four classes. */
export function probeGraph(shape: Shape, layer: LayerCall): Graph {
  const net = new GraphBuilder('probe', shape);
  let last = net.add('layer', layer, net.input);
  if (shapeOfLayer(shape, layer).length > 1) last = net.add('flatten', flatten(), last);
  return net.build(net.add('fc', linear({ outFeatures: 4 }), last));
}

/** The layer's output shape. @throws CoreError */
export function shapeOfLayer(shape: Shape, layer: LayerCall): Shape {
  const net = new GraphBuilder('probe', shape);
  return resolveGraph(net.build(net.add('layer', layer, net.input))).shapes.get('layer')!;
}

/** The layer's output for some samples, as float32 [samples][…shape]. */
export function outputOfLayer(
  shape: Shape,
  layer: LayerCall,
  values: ArrayLike<number>,
  { samples = 1, state, train = false }: { samples?: number; state?: StateDict; train?: boolean } = {},
): Float32Array {
  const graph = { ...probeGraph(shape, layer), outputs: ['fc', 'layer'] };
  const network = new Network({ graph, batch: samples, shards: 1 });
  network.load(new Map([...testState(graph), ...(state ?? [])]));
  const batch = { inputs: { input: Float32Array.from(values) }, labels: new Array<number>(samples).fill(0) };
  if (train) network.train(batch);
  else network.evaluate(batch);
  return network.tensor('layer');
}
