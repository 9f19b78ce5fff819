import { z } from 'zod';
import { CoreError } from '../../errors.ts';
import type { LayerCall } from '../../graph/builder.ts';
import type { Graph, GraphNode, Shape } from '../../graph/graph.ts';
import { resolveGraph } from '../../graph/resolve.ts';
import { layerOf } from '../../layers/registry.ts';
import { stateLayout } from '../../plan/parameters.ts';
import { checkState, type StateDict } from '../../state.ts';
import { type KerasReader, type KerasValue, kerasLayers } from './layers.ts';
import { type KerasTensor, manifestSchema, readWeights } from './weights.ts';

const layerSchema = z.object({
  class_name: z.string(),
  config: z.looseObject({
    name: z.string().min(1),
    batch_input_shape: z.array(z.int().nullable()).optional(),
    batchInputShape: z.array(z.int().nullable()).optional(),
  }),
  /** Of a functional model: for each use of the layer, the tensors that it reads. */
  inbound_nodes: z.array(z.array(z.tuple([z.string(), z.int(), z.int()], z.unknown()))).optional(),
});

type KerasLayer = z.output<typeof layerSchema>;

const reference = z.tuple([z.string(), z.int(), z.int()]);
const references = z.union([reference.transform((one) => [one]), z.array(reference)]);
const layerList = z.array(layerSchema).min(1);

const topologySchema = z.union([
  z.object({ class_name: z.literal('Sequential'), config: z.union([layerList.transform((layers) => ({ layers })), z.object({ layers: layerList })]) }),
  z.object({
    class_name: z.enum(['Model', 'Functional']),
    config: z.object({ layers: layerList, input_layers: references, output_layers: references }),
  }),
]); // biome-ignore format: one line

const modelSchema = z.object({
  modelTopology: z.union([z.object({ model_config: topologySchema }).transform(({ model_config: model }) => model), topologySchema]),
  weightsManifest: manifestSchema,
}); // biome-ignore format: one line

/**
 * A layers-model of TensorFlow.js, as `tf.LayersModel.save` and its converter from Keras write it, as a graph of ours: sequential
 * or functional, channels last, one node a layer, by its name; and one more for an activation or an uneven border. The
 * weights of a layer behind a `Flatten` are put in our order of features.
 *
 * @param json the text of `model.json`
 * @param readShard gives the bytes of a file of weights, whose name has no folder
 * @param where what a message calls the file
 * @throws CoreError `FORMAT_INVALID`, or `TFJS_UNSUPPORTED` that names the layer
 */
export async function decodeTfjs(
  json: string,
  readShard: (name: string) => Promise<Uint8Array>,
  where: string,
): Promise<{ graph: Graph; state: StateDict }> {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch (cause) {
    throw new CoreError('FORMAT_INVALID', `${where} is not JSON`, { cause });
  }
  const parsed = modelSchema.safeParse(raw);
  if (!parsed.success) {
    throw new CoreError(
      'FORMAT_INVALID',
      `${where} is not a layers-model of TensorFlow.js: ${z.prettifyError(parsed.error).replaceAll('\n', ' ').slice(0, 500)}`,
    );
  }
  const { modelTopology: topology, weightsManifest } = parsed.data;
  const builder = new Builder(await readWeights(weightsManifest, readShard, where));
  const { layers } = topology.config;
  const outputs =
    topology.class_name === 'Sequential'
      ? builder.sequential(layers)
      : builder.functional(
          layers,
          topology.config.output_layers.map(([name]) => name),
        );
  const graph: Graph = { name: 'tfjs', inputs: builder.inputs, nodes: builder.nodes, outputs };
  const layout = stateLayout(resolveGraph(graph));
  checkState(layout, builder.state);
  return { graph, state: builder.state };
}

/** Builds a graph of ours layer by layer. */
class Builder {
  readonly inputs: { readonly name: string; readonly shape: Shape }[] = [];
  readonly nodes: GraphNode[] = [];
  readonly state = new Map<string, KerasTensor>();
  readonly #weights: ReadonlyMap<string, KerasTensor>;
  readonly #values = new Map<string, KerasValue>();

  constructor(weights: ReadonlyMap<string, KerasTensor>) {
    this.#weights = weights;
  }

  sequential(layers: readonly KerasLayer[]): string[] {
    let value: KerasValue | undefined;
    for (const layer of layers) {
      value ??= this.#input(layer, layer.class_name === 'InputLayer' ? layer.config.name : 'input');
      if (layer.class_name !== 'InputLayer') value = this.#read(layer, [value]);
    }
    return [this.#output(layers.at(-1)!, value!)];
  }

  functional(layers: readonly KerasLayer[], outputs: readonly string[]): string[] {
    for (const layer of layers) {
      const { name } = layer.config;
      if (layer.class_name === 'InputLayer') {
        this.#values.set(name, this.#input(layer, name));
        continue;
      }
      const uses = layer.inbound_nodes ?? [];
      if (uses.length !== 1)
        refuse(layer, `is used ${uses.length} times, and only layers that are used once can be read`);
      const inputs = uses[0]!.map(
        ([from]) =>
          this.#values.get(from) ?? refuse(layer, `reads "${from.slice(0, 80)}", which no layer before it makes`),
      );
      this.#values.set(name, this.#read(layer, inputs));
    }
    return outputs.map((name) => {
      const layer = layers.find(({ config }) => config.name === name);
      const value = this.#values.get(name);
      if (!layer || !value) throw new CoreError('FORMAT_INVALID', `no layer makes the output "${name.slice(0, 80)}"`);
      return this.#output(layer, value);
    });
  }

  #input(layer: KerasLayer, name: string): KerasValue {
    const given =
      layer.config.batch_input_shape ?? layer.config.batchInputShape ?? refuse(layer, 'has no batch_input_shape');
    const shape = given.slice(1).map((size) => size ?? 0);
    if (![1, 3].includes(shape.length) || shape.some((size) => size < 1)) {
      refuse(layer, `reads [${given.join(', ')}]: expected [null, height, width, channels] or [null, features]`);
    }
    this.inputs.push({ name, shape });
    return { name, shape };
  }

  #output(layer: KerasLayer, { name, map }: KerasValue): string {
    return map ? refuse(layer, 'gives out a map that was flattened, whose features have another order here') : name;
  }

  #read(layer: KerasLayer, inputs: readonly KerasValue[]): KerasValue {
    const { name } = layer.config;
    const read = kerasLayers.get(layer.class_name) ?? refuse(layer, `is of a kind that cannot be read; there are ${[...kerasLayers.keys()].join(', ')}`); // biome-ignore format: one line
    const reader: KerasReader = {
      refuse: (what) => refuse(layer, what),
      weight: (own) => this.#weight(layer, own),
      add: (call, from, weights = {}, suffix = '') => this.#add(layer, `${name}${suffix}`, call, from, weights),
    };
    return read(layer.config, inputs, reader);
  }

  #add(
    layer: KerasLayer,
    name: string,
    { op, options }: LayerCall,
    inputs: readonly KerasValue[],
    weights: Readonly<Record<string, KerasTensor>>,
  ): KerasValue {
    const { options: schema, outputShape } = layerOf(op, name);
    let shape: Shape;
    try {
      shape = outputShape(
        schema.parse(options),
        inputs.map((input) => input.shape),
      );
    } catch (cause) {
      refuse(layer, `does not fit: ${cause instanceof Error ? cause.message.slice(0, 200) : cause}`);
    }
    this.nodes.push({ name, op, inputs: inputs.map((input) => input.name), options });
    for (const [own, tensor] of Object.entries(weights)) this.state.set(`${name}.${own}`, tensor);
    return { name, shape };
  }

  /** The names of weights begin with the layer's, perhaps with more before it. */
  #weight(layer: KerasLayer, own: string): KerasTensor {
    const path = `${layer.config.name}/${own}`;
    const exact = this.#weights.get(path);
    if (exact) return exact;
    const found = [...this.#weights].filter(([name]) => name.endsWith(`/${path}`));
    return found.length === 1 ? found[0]![1] : refuse(layer, `has no weight "${path.slice(0, 80)}"`);
  }
}

function refuse({ class_name: kind, config: { name } }: KerasLayer, what: string): never {
  throw new CoreError('TFJS_UNSUPPORTED', `layer "${name.slice(0, 80)}" (${kind.slice(0, 40)}) ${what}`);
}
