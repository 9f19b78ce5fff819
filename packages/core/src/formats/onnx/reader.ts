import { CoreError } from '../../errors.ts';
import type { LayerCall } from '../../graph/builder.ts';
import type { GraphNode, Shape } from '../../graph/graph.ts';
import { layerOf } from '../../layers/registry.ts';
import type { Constant } from './constants.ts';
import { type AttributeProto, attributeTypes, type NodeProto } from './protobuf.ts';

/** A tensor of ours. */
export interface Tensor {
  readonly kind: 'tensor';
  readonly name: string;
  /** [height, width, channels], [length, channels] or [features]. */
  readonly shape: Shape;
  /** What the file takes its shape for, without the batch: [channels, height, width], or another order of the same. */
  readonly dims: Shape;
  /** Whether the file has the channels of a map last. */
  readonly channelsLast: boolean;
  /** Whether the file reads it once only, so that the next operation may go into what made it. */
  readonly exclusive: boolean;
}

/** A tensor of ours, times a scale and plus a shift for each channel, which have no node yet. */
export interface Affine {
  readonly kind: 'affine';
  readonly of: Tensor;
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

export type Value = Constant | Tensor | Affine;

export type Attributes = ReadonlyMap<string, AttributeProto>;

type Mutable = Map<string, { shape: readonly number[]; data: Float32Array }>;

/** The most features that are scaled one by one by a matrix. */
const mostFeatures = 4096;

/** Builds a graph of ours while the nodes of a file are read. */
export class OnnxReader {
  readonly nodes: GraphNode[] = [];
  readonly state: Mutable = new Map();
  /** The node at hand. */
  node!: NodeProto;
  attributes: Attributes = new Map();
  /** The version of the operators. */
  readonly opset: number;
  readonly #taken: Set<string>;
  readonly #readers: ReadonlyMap<string, number>;

  /** @param readers how often the file reads a tensor, or gives it out */
  constructor(opset: number, inputs: Iterable<string>, readers: ReadonlyMap<string, number>) {
    this.opset = opset;
    this.#taken = new Set(inputs);
    this.#readers = readers;
  }

  /** @throws CoreError `ONNX_UNSUPPORTED` that names the node and its operator */
  refuse(what: string): never {
    const { name, output, opType } = this.node;
    throw new CoreError('ONNX_UNSUPPORTED', `node "${(name || output[0] || '').slice(0, 80)}": ${opType} ${what}`);
  }

  integer(name: string, standard: number): number {
    const { type, i } = this.attributes.get(name) ?? {};
    return type === attributeTypes.int ? Number(i) : standard;
  }

  float(name: string, standard: number): number {
    const { type, f } = this.attributes.get(name) ?? {};
    return type === attributeTypes.float ? f! : standard;
  }

  text(name: string, standard: string): string {
    const { type, s } = this.attributes.get(name) ?? {};
    return type === attributeTypes.string ? new TextDecoder().decode(s) : standard;
  }

  integers(name: string): number[] | undefined {
    const { type, ints } = this.attributes.get(name) ?? {};
    return type === attributeTypes.ints ? ints!.map(Number) : undefined;
  }

  /** Refuses any other value of an attribute. */
  only(name: string, expected: number): void {
    const got = this.integer(name, expected);
    if (got !== expected) this.refuse(`with ${name} ${got} cannot be read, only with ${expected}`);
  }

  /**
   * Adds a node of ours.
   *
   * @param weights its parameters and buffers, in PyTorch's shape and order; named like the file's weight, where that has a name
   *   that ends as ours do
   */
  add(
    call: LayerCall,
    inputs: readonly Tensor[],
    weights: Readonly<Record<string, Constant | undefined>> = {},
    weightName = '',
  ): Tensor {
    const fileName = this.node.output[0] ?? this.node.name;
    const name = this.#unique(weightName.endsWith('.weight') ? weightName.slice(0, -'.weight'.length) : fileName);
    const layer = layerOf(call.op, name);
    const shapes = inputs.map(({ shape }) => shape);
    let shape: Shape;
    let expected: readonly { readonly name: string; readonly shape: readonly number[] }[];
    try {
      const options: unknown = layer.options.parse(call.options);
      shape = layer.outputShape(options, shapes);
      const buffers = layer.buffers(options, shapes).map((buffer) => ({ name: buffer.name, shape: [buffer.length] }));
      expected = [...layer.parameters(options, shapes), ...buffers];
    } catch (cause) {
      this.refuse(`does not fit: ${cause instanceof CoreError ? cause.message : String(cause).slice(0, 200)}`);
    }
    for (const { name: own, shape: size } of expected) {
      const got = weights[own]?.dims.join('x') ?? 'none';
      if (got !== size.join('x')) this.refuse(`has a ${own} of ${got}, expected ${size.join('x')}`);
    }
    this.nodes.push({ name, op: call.op, inputs: inputs.map((input) => input.name), options: call.options });
    for (const [own, value] of Object.entries(weights)) {
      if (value) this.state.set(`${name}.${own}`, { shape: value.dims, data: Float32Array.from(value.values) });
    }
    // What keeps its shape keeps the file's order of axes.
    const [first] = inputs as [Tensor];
    const kept = shape.join() === first.shape.join();
    return {
      kind: 'tensor',
      name,
      shape,
      dims: kept ? first.dims : [shape.at(-1)!, ...shape.slice(0, -1)],
      channelsLast: kept && first.channelsLast,
      exclusive: (this.#readers.get(fileName) ?? 0) <= 1,
    };
  }

  /** The node that makes a tensor. */
  producer({ name }: Tensor): GraphNode | undefined {
    return this.nodes.find((node) => node.name === name);
  }

  /** Replaces a node by another of the same name. */
  replace(name: string, call: LayerCall): void {
    const index = this.nodes.findIndex((node) => node.name === name);
    this.nodes[index] = { ...this.nodes[index]!, ...call };
  }

  /** A value times a scale and plus a shift a channel: in the layer before, if that has weights for it and no other reader. */
  affine(value: Tensor | Affine, scale: readonly number[], shift: readonly number[]): Tensor | Affine {
    if (value.kind === 'affine') {
      const combined = value.scale.map((own, i) => own * scale[i]!);
      return this.#trivial({
        ...value,
        scale: combined,
        shift: value.shift.map((own, i) => own * scale[i]! + shift[i]!),
      });
    }
    const producer = value.exclusive ? this.producer(value) : undefined;
    if (producer && ['conv1d', 'conv2d', 'linear'].includes(producer.op)) {
      this.#fold(producer, scale, shift);
      return value;
    }
    return this.#trivial({ kind: 'affine', of: value, scale, shift });
  }

  /** As a tensor: what has no node yet is made one, a convolution of each channel by itself. */
  tensor(value: Value | undefined): Tensor {
    if (!value || value.kind === 'constant') this.refuse('is expected to read a tensor that is computed');
    if (value.kind === 'tensor') return value;
    const { of, scale, shift } = value;
    const channels = scale.length;
    const bias: Constant = { kind: 'constant', dims: [channels], values: shift };
    const scales = { kind: 'constant', dims: [channels, 1, 1, 1], values: scale } as const;
    const options = { outChannels: channels, kernelSize: 1, groups: channels };
    if (of.shape.length === 3)
      return this.#apart(() => this.add({ op: 'conv2d', options }, [of], { weight: scales, bias }));
    if (of.shape.length !== 1 || channels > mostFeatures) {
      this.refuse(
        `by a constant cannot be read for ${of.shape.join('x')} values, unless a convolution or linear layer comes before it`,
      );
    }
    const matrix = new Float32Array(channels * channels);
    scale.forEach((factor, i) => {
      matrix[i * channels + i] = factor;
    });
    const weight = { kind: 'constant', dims: [channels, channels], values: matrix } as const;
    return this.#apart(() => this.add({ op: 'linear', options: { outFeatures: channels } }, [of], { weight, bias }));
  }

  /** For a node that the file has no name for: the next one keeps its own. */
  #apart(add: () => Tensor): Tensor {
    const { node } = this;
    this.node = { ...node, output: [`${node.output[0]}/affine`] };
    const tensor = add();
    this.node = node;
    return { ...tensor, exclusive: true };
  }

  #trivial(value: Affine): Tensor | Affine {
    // A product of decimal constants is as good as 1 where it is so in float32.
    const unit =
      value.scale.every((factor) => Math.abs(factor - 1) < 2 ** -22) && value.shift.every((term) => term === 0);
    return unit ? { ...value.of, exclusive: false } : value;
  }

  #fold({ name, op, options }: GraphNode, scale: readonly number[], shift: readonly number[]): void {
    const weight = this.state.get(`${name}.weight`)!;
    const each = weight.data.length / scale.length;
    const bias = this.state.get(`${name}.bias`)?.data;
    const data = weight.data.map((value, i) => value * scale[Math.floor(i / each)]!);
    this.state.set(`${name}.weight`, { shape: weight.shape, data });
    const shifted = Float32Array.from(shift, (term, i) => (bias?.[i] ?? 0) * scale[i]! + term);
    if (!bias && shifted.every((value) => value === 0)) return;
    this.state.set(`${name}.bias`, { shape: [scale.length], data: shifted });
    this.replace(name, { op, options: { ...options, bias: true } });
  }

  #unique(name: string): string {
    let unique = name;
    for (let i = 2; this.#taken.has(unique); i++) unique = `${name}_${i}`;
    this.#taken.add(unique);
    return unique;
  }
}
