import type { Shape } from '../../graph/graph.ts';
import { floatBytes } from '../float-types.ts';
import {
  type AttributeProto,
  attributeTypes,
  elementTypes,
  type Fields,
  type NodeProto,
  type TensorProto,
} from './protobuf.ts';

/** An attribute of a node: an integer, or else said what it is. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

/** Collects the nodes and constants of an ONNX graph. */
export class OnnxWriter {
  readonly nodes: Fields<NodeProto>[] = [];
  readonly initializers: Fields<TensorProto>[] = [];
  readonly #taken: Set<string>;

  /** @param taken names that nothing else may have */
  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /**
   * Adds a node.
   *
   * @param to the names of its outputs, or what to make one of: `conv1` and `Relu` give `conv1/Relu`
   * @returns the name of its first output
   */
  node(
    opType: string,
    input: readonly string[],
    to: readonly string[] | { readonly within: string },
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const output = 'within' in to ? [this.#unique(`${to.within}/${opType}`)] : to;
    this.nodes.push({ name: output[0]!, opType, input, output, attribute: Object.entries(attributes).map(attribute) });
    return output[0]!;
  }

  /** Adds a constant of float32. @returns its name: the given one, or one like it that is free */
  floats(name: string, dims: Shape, data: Float32Array): string {
    return this.#initializer(name, elementTypes.float, dims, floatBytes(data));
  }

  /** A float32 without axes. */
  scalar(name: string, value: number): string {
    return this.floats(name, [], Float32Array.of(value));
  }

  /** Adds a vector of int64: a shape, borders. */
  integers(name: string, values: readonly number[]): string {
    const bytes = new Uint8Array(values.length * 8);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => {
      view.setBigInt64(i * 8, BigInt(value), true);
    });
    return this.#initializer(name, elementTypes.int64, [values.length], bytes);
  }

  #initializer(name: string, dataType: number, dims: Shape, rawData: Uint8Array<ArrayBuffer>): string {
    const unique = this.#unique(name);
    this.initializers.push({ name: unique, dataType, dims: dims.map(BigInt), rawData });
    return unique;
  }

  #unique(name: string): string {
    let unique = name;
    for (let i = 2; this.#taken.has(unique); i++) unique = `${name}_${i}`;
    this.#taken.add(unique);
    return unique;
  }
}

function attribute([name, value]: [string, Attribute]): Fields<AttributeProto> {
  if (typeof value === 'number') return { name, type: attributeTypes.int, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: attributeTypes.string, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: attributeTypes.float, f: value.float };
  return { name, type: attributeTypes.ints, ints: value.map(BigInt) };
}
