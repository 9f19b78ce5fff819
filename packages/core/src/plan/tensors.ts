import { elements } from '../graph/graph.ts';
import type { ResolvedGraph, ResolvedNode } from '../graph/resolve.ts';
import { type Interval, planArena } from './arena.ts';
import type { PassingTensors } from './passing.ts';

/** Where a tensor is. Those that share a place have the same object. */
export interface TensorPlace {
  /** In floats from the beginning of the shard's arena, or of the region of passing tensors. */
  readonly offset: number;
  /** Whether it is in a place for all shards, one after the other; see passing.ts. */
  readonly isPassing: boolean;
}

/** Where each tensor of a sample batch is: activations, and gradients with respect to them. */
export interface TensorPlan {
  readonly activations: ReadonlyMap<string, TensorPlace>;
  /** The gradient with respect to each tensor that needs one: those between a parameter (or wanted input) and the loss. */
  readonly gradients: ReadonlyMap<string, TensorPlace>;
  /**
   * For each node and each of its inputs, where the node writes its share of the input's gradient: the gradient itself
   * for the first writer, else a place from where it is added. Undefined where nobody needs it.
   */
  readonly shares: ReadonlyMap<string, readonly (GradientShare | undefined)[]>;
  /** The tensors that pass, and the nodes that can compute them again. */
  readonly passing: PassingTensors;
  /** Of a shard's arena, and of the region of passing tensors. */
  readonly floats: number;
  readonly passingFloats: number;
}

interface GradientShare {
  readonly place: TensorPlace;
  /** Set if the share must be added to the gradient there. */
  readonly addTo: TensorPlace | undefined;
  /** Whether the node adds it to what is in the place. */
  readonly adds: boolean;
}

export interface TensorPlanOptions {
  /** Samples of the largest shard. */
  readonly maxImages: number;
  /** The tensors whose gradient somebody needs. */
  readonly needs: ReadonlySet<string>;
  /** The outputs that there is a loss of. Default: the first. */
  readonly lossOutputs?: readonly string[];
  /** Default: none. */
  readonly passing?: PassingTensors | undefined;
  /** Whether a node can add the gradient with respect to its first input to what is there. Default: none can. */
  readonly adds?: ((node: ResolvedNode) => boolean) | undefined;
}

/** Some tensors that share one place, because one overwrites the other. */
interface Place {
  readonly floats: number;
  from: number;
  to: number;
  readonly isPassing: boolean;
}

/**
 * Plans by liveness. Time runs forward over the nodes, meets the loss, and runs back: node i works at time i and again at
 * 2n − i. A tensor lives from its first writer to its last reader in either direction.
 */
export function planTensors(
  { graph, nodes, shapes }: ResolvedGraph,
  {
    maxImages,
    needs,
    lossOutputs = graph.outputs.slice(0, 1),
    passing = new Map(),
    adds = () => false,
  }: TensorPlanOptions,
): TensorPlan {
  const lossTime = nodes.length;
  const backwardTime = (index: number): number => 2 * lossTime - index;
  const index = new Map(nodes.map((node, i) => [node.name, i]));
  const consumers = new Map<string, number[]>();
  nodes.forEach((node, i) => {
    for (const name of node.inputNames) consumers.set(name, [...(consumers.get(name) ?? []), i]);
  });
  const places: Place[] = [];
  const newPlace = (name: string, time: number, isPassing = false): Place => {
    const place = { floats: elements(shapes.get(name)!) * maxImages, from: time, to: time, isPassing };
    places.push(place);
    return place;
  };
  const live = (place: Place, time: number): void => {
    place.from = Math.min(place.from, time);
    place.to = Math.max(place.to, time);
  };

  // Activations.
  const activations = new Map<string, Place>();
  for (const { name } of graph.inputs) activations.set(name, newPlace(name, 0));
  nodes.forEach((node, i) => {
    const [first] = node.inputNames;
    const producer = first === undefined ? undefined : nodes[index.get(first) ?? -1];
    const overwrites =
      node.layer.inPlace.forward &&
      first !== undefined &&
      producer !== undefined &&
      consumers.get(first)!.length === 1 &&
      !producer.layer.keeps.output &&
      !node.layer.keeps.inputs &&
      !graph.outputs.includes(first);
    // From the node before on, since that writes it in evaluation, with the normalisation in its weights.
    const newOne = () => (passing.has(node.name) ? newPlace(node.name, i - 1, true) : newPlace(node.name, i));
    const place = overwrites ? activations.get(first)! : newOne();
    activations.set(node.name, place);
    live(place, i);
    for (const name of node.inputNames) {
      const input = activations.get(name)!;
      live(input, i);
      // A passing one is computed again there, where no other is.
      if (node.layer.keeps.inputs && needs.has(node.name) && !input.isPassing) live(input, backwardTime(i));
    }
    if (node.layer.keeps.output && needs.has(node.name) && !place.isPassing) live(place, backwardTime(i));
  });
  // Whoever looks into the network reads its outputs, and the inputs' gradients, after the step.
  const end = backwardTime(-1);
  for (const name of graph.outputs) live(activations.get(name)!, end);

  // Gradients, from the losses back.
  const gradients = new Map<string, Place>();
  const shares = new Map<string, ({ place: Place; addTo: Place | undefined; adds: boolean } | undefined)[]>();
  for (const name of lossOutputs) gradients.set(name, newPlace(name, lossTime));
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const own = gradients.get(node.name);
    const time = backwardTime(i);
    if (own) live(own, time);
    shares.set(
      node.name,
      node.inputNames.map((name, which) => {
        if (!own || !needs.has(name) || node.layer.constants?.includes(which)) return undefined;
        const existing = gradients.get(name);
        if (existing && which === 0 && adds(node)) return { place: existing, addTo: undefined, adds: true };
        if (existing) return { place: newPlace(name, time), addTo: existing, adds: false };
        // Nobody needs the output's gradient after this; other readers of the input add to what is in its place.
        const place = which === 0 && node.layer.inPlace.backward ? own : newPlace(name, time);
        gradients.set(name, place);
        return { place, addTo: undefined, adds: false };
      }),
    );
  }
  for (const { name } of graph.inputs) {
    const place = gradients.get(name);
    if (place) live(place, end);
  }

  const placeOf = new Map<Place, TensorPlace>();
  const layOut = (isPassing: boolean): number => {
    const which = places.filter((place) => place.isPassing === isPassing);
    const { offsets, floats } = planArena(which satisfies readonly Interval[]);
    which.forEach((place, i) => {
      placeOf.set(place, { offset: offsets[i]!, isPassing });
    });
    return floats;
  };
  const [floats, passingFloats] = [layOut(false), layOut(true)];
  const resolve = (from: ReadonlyMap<string, Place>): Map<string, TensorPlace> =>
    new Map([...from].map(([name, place]) => [name, placeOf.get(place)!]));
  return {
    activations: resolve(activations),
    gradients: resolve(gradients),
    shares: new Map(
      [...shares].map(([name, list]) => [
        name,
        list.map(
          (share) =>
            share && { ...share, place: placeOf.get(share.place)!, addTo: share.addTo && placeOf.get(share.addTo)! },
        ),
      ]),
    ),
    passing,
    floats,
    passingFloats,
  };
}
