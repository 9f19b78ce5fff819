import { droppedPixels } from './dropped-pixels.ts';
import { elements, type Shape } from './graph.ts';
import { type ReceptiveField, receptiveFields } from './receptive-field.ts';
import type { ResolvedGraph } from './resolve.ts';

/** What there is to tell of a layer, for one picture. */
export interface LayerSummary {
  readonly name: string;
  readonly op: string;
  readonly output: Shape;
  /** Values of the output that need a place of their own: 0 of a layer that overwrites its input. */
  readonly memory: number;
  /** Trained values but biases, and those: of a normalisation what it multiplies by, and what it adds. */
  readonly weights: number;
  readonly biases: number;
  readonly multiplyAdds: number;
  readonly receptiveField: ReceptiveField;
  /** Of the input, that no window reaches since the stride does not fit. */
  readonly dropped: readonly [rows: number, columns: number];
}

export interface Summary {
  /** The inputs, with the op `input`, and the layers, in their order. */
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  /** Values of all outputs that have a place of their own: what training keeps of a picture; float32. */
  readonly memory: number;
  readonly multiplyAdds: number;
}

/** A network layer by layer, as the tables of lectures and papers have it. */
export function summarise(resolved: ResolvedGraph): Summary {
  const fields = receptiveFields(resolved);
  const inputs = resolved.graph.inputs.map(
    ({ name, shape }): LayerSummary => ({
      ...{ name, op: 'input', output: shape, memory: elements(shape), weights: 0, biases: 0, multiplyAdds: 0 },
      ...{ receptiveField: fields.get(name)!, dropped: [0, 0] },
    }),
  );
  const layers = resolved.nodes.map((node): LayerSummary => {
    const { name, layer, options, output } = node;
    // Those that it shares are another's.
    const own = node.parametersOf === name ? node.parameters : [];
    const count = (biases: boolean): number =>
      own
        .filter((parameter) => (parameter.name === 'bias') === biases)
        .reduce((sum, { shape }) => sum + elements(shape), 0);
    return {
      name,
      op: layer.op,
      output,
      memory: layer.inPlace.forward ? 0 : elements(output),
      weights: count(false),
      biases: count(true),
      multiplyAdds: layer.multiplyAdds?.(options, node.inputs) ?? 0,
      receptiveField: fields.get(name)!,
      dropped: droppedPixels(node),
    };
  });
  const all = [...inputs, ...layers];
  const sum = (of: (layer: LayerSummary) => number): number => all.reduce((total, layer) => total + of(layer), 0);
  return {
    layers: all,
    parameters: sum(({ weights, biases }) => weights + biases),
    memory: sum(({ memory }) => memory),
    multiplyAdds: sum(({ multiplyAdds }) => multiplyAdds),
  };
}
