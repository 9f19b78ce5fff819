import { CoreError } from '../errors.ts';
import { type Graph, type Shape, shapeText } from './graph.ts';
import { resolveGraph } from './resolve.ts';

/**
 * The graph that a network has for pictures of some shape, checked.
 *
 * @param size of a square picture that the network is known to take
 * @throws CoreError by the layer that cannot take them; if it is since they are too small, with the smallest square that all can
 */
export function fitting(name: string, build: (shape: Shape) => Graph, shape: Shape, size: number): Graph {
  try {
    const graph = build(shape);
    resolveGraph(graph);
    return graph;
  } catch (cause) {
    if (!(cause instanceof CoreError)) throw cause;
    const message = `${name} cannot take pictures of ${shapeText(shape)}: ${cause.message}`;
    const smallest = cause.code === 'GRAPH_SHAPE' ? smallestSize(build, shape.slice(2), size) : undefined;
    const hint =
      smallest !== undefined && shape.slice(0, 2).some((side) => side < smallest)
        ? `; the smallest square picture that it takes is ${smallest}x${smallest}`
        : '';
    throw new CoreError(cause.code, `${message}${hint}`, { cause });
  }
}

/** A graph of one input for pictures of another shape, as {@link fitting} checks it. */
export function withInputShape(graph: Graph, shape: Shape): Graph {
  const [input, ...others] = graph.inputs;
  const build = (inputShape: Shape): Graph => ({ ...graph, inputs: [{ ...input!, shape: inputShape }, ...others] });
  return fitting(graph.name, build, shape, Math.max(...input!.shape.slice(0, 2)));
}

/** By halving: a network that takes a square takes the larger ones too. Undefined if it does not even take `size`. */
function smallestSize(build: (shape: Shape) => Graph, channels: Shape, size: number): number | undefined {
  const fits = (side: number): boolean => {
    try {
      resolveGraph(build([side, side, ...channels]));
      return true;
    } catch (error) {
      if (error instanceof CoreError) return false;
      throw error;
    }
  };
  if (!fits(size)) return undefined;
  let [low, high] = [0, size];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return high;
}
