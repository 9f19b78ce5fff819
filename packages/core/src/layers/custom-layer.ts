import type { Kernels } from '@lockstep/kernels';
import type { z } from 'zod';
import type { LayerCall } from '../graph/builder.ts';
import { elements, type Shape } from '../graph/graph.ts';
import type { Initialisation } from '../initialisers.ts';
import { Generator } from '../random/generator.ts';
import { type Layer, type LayerContext, plain, type Shard, type Step } from './layer.ts';
import { allocateRows, vectorGradients } from './parameter-gradient.ts';
import { registerLayer } from './registry.ts';

/** A trained tensor of a custom layer. */
export interface CustomParameter {
  readonly shape: readonly number[];
  readonly initialisation: Initialisation;
  /** The numbers of inputs and outputs that meet in one value, for an initialisation that asks for them. Default: 1. */
  readonly fanIn?: number;
  readonly fanOut?: number;
}

/**
 * What a pass of a custom layer works on: the samples of one shard, behind each other, as views of the replica's memory. A kernel
 * takes a view's `byteOffset` as its pointer. What a sample gives must depend on that sample alone: which others are in its shard
 * follows from the size of the batch.
 */
export interface CustomPass<Options, Names extends string> {
  readonly options: Options;
  /** The shapes of one sample. */
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** How many samples there are; may be 0. */
  readonly samples: number;
  /** float32 [samples][…shape] of each input. */
  readonly x: readonly Float32Array[];
  /** float32 [samples][…output]: forward it is to be written in whole, backward it is what was written. */
  readonly y: Float32Array;
  readonly parameters: Readonly<Record<Names, Float32Array>>;
  readonly training: boolean;
  readonly kernels: Kernels;
  /** The random numbers of a sample, in training: the same in both passes, for any number of workers. */
  random(sample: number): Generator;
}

export interface CustomBackwardPass<Options, Names extends string> extends CustomPass<Options, Names> {
  /** float32 [samples][…output] */
  readonly dy: Float32Array;
  /** float32 [samples][…shape] of each input, zeros: its gradient is to be added. Undefined where nobody needs it. */
  readonly dx: readonly (Float32Array | undefined)[];
  /** Zeros: the sum over the samples is to be added. Of no consequence for parameters that are not trained. */
  readonly gradients: Readonly<Record<Names, Float32Array>>;
}

/** A layer from outside this package, everything about it. */
export interface CustomLayer<Schema extends z.ZodType, Names extends string> {
  /** `import.meta.url` of the module that defines it: workers import that, which must do nothing else. */
  readonly module: string;
  /** Unlike any other layer's. */
  readonly op: string;
  /** Checks the options and fills in what is left out. */
  readonly options: Schema;
  /** How many tensors it reads; `any` is one or more. Default: 1. */
  readonly arity?: number | 'any';
  /** May throw a CoreError `GRAPH_SHAPE`; the node's name is added. Default: the first input's. */
  outputShape?(options: z.output<Schema>, inputs: readonly Shape[]): Shape;
  /** Trained tensors by name, as they are called in files behind the node's name. Default: none. */
  parameters?(options: z.output<Schema>, inputs: readonly Shape[]): Readonly<Record<Names, CustomParameter>>;
  /** Of one sample, forward. Default: 0. */
  multiplyAdds?(options: z.output<Schema>, inputs: readonly Shape[]): number;
  forward(pass: CustomPass<z.output<Schema>, Names>): void;
  backward(pass: CustomBackwardPass<z.output<Schema>, Names>): void;
}

/**
 * Makes a layer known, in this thread, and gives the function that graphs are built with. What it is called with is checked by its
 * schema, and by the compiler.
 *
 * @throws CoreError `LAYER_INVALID` if there is a layer of that name
 */
export function defineLayer<Schema extends z.ZodType, Names extends string = never>(
  definition: CustomLayer<Schema, Names>,
): (...call: Record<never, never> extends z.input<Schema> ? [z.input<Schema>?] : [z.input<Schema>]) => LayerCall {
  const { module, op } = definition;
  registerLayer(layerOfDefinition(definition));
  return (...[call = {}]) => ({ op, module, options: call as LayerCall['options'] });
}

interface Memory {
  readonly rows: ReadonlyMap<string, number>;
}

function layerOfDefinition<Schema extends z.ZodType, Names extends string>(
  definition: CustomLayer<Schema, Names>,
): Layer<z.output<Schema>, Memory> {
  type Options = z.output<Schema>;
  const parametersOf = (options: Options, inputs: readonly Shape[]): [Names, CustomParameter][] =>
    Object.entries(definition.parameters?.(options, inputs) ?? {}) as [Names, CustomParameter][];
  return {
    ...plain,
    op: definition.op,
    module: definition.module,
    options: definition.options as z.ZodType<Options>,
    arity: definition.arity ?? 1,
    keeps: { inputs: true, output: true },
    outputShape: definition.outputShape?.bind(definition) ?? ((_, inputs) => inputs[0]!),
    multiplyAdds: definition.multiplyAdds?.bind(definition) ?? (() => 0),
    parameters: (options, inputs) =>
      parametersOf(options, inputs).map(([name, { shape, initialisation, fanIn = 1, fanOut = 1 }]) => ({
        name,
        shape,
        permutation: shape.map((_, axis) => axis),
        initialiser: { initialisation, fanIn, fanOut },
      })),
    allocate: ({ options, inputs, maxOwnShards }, { scratch }) => ({
      rows: new Map(
        parametersOf(options, inputs).map(([name, { shape }]) => [
          name,
          allocateRows(scratch, maxOwnShards, elements(shape)),
        ]),
      ),
    }),
    program: (context) => {
      const parameters = parametersOf(context.options, context.inputs);
      const pass = passOf<Options, Names>(context, parameters);
      const backward = (shard: Shard, rows: readonly number[]): void =>
        definition.backward(backwardPass(context, pass(shard, true), shard, parameters, rows));
      const vectors = parameters.map(([name, { shape }]) => ({
        name,
        length: elements(shape),
        rows: context.memory.rows.get(name)!,
      }));
      const gradients = vectorGradients(context, vectors, backward);
      const scratch = vectors.map(({ rows }) => rows);
      const inputGradients: Step = { kind: 'each', run: (shard) => backward(shard, scratch) };
      return {
        forward: [{ kind: 'each', run: (shard) => definition.forward(pass(shard, true)) }],
        evaluate: [{ kind: 'each', run: (shard) => definition.forward(pass(shard, false)) }],
        backward: gradients.length > 0 ? gradients : context.dx.some(Boolean) ? [inputGradients] : [],
      };
    },
  };
}

/** Gives what both passes of a shard have. */
function passOf<Options, Names extends string>(
  context: LayerContext<Options, Memory>,
  parameters: readonly (readonly [Names, CustomParameter])[],
): (shard: Shard, training: boolean) => CustomPass<Options, Names> {
  const { kernels, options, inputs, output, index } = context;
  const floats = (pointer: number, count: number) => kernels.f32.subarray(pointer / 4, pointer / 4 + count);
  return (shard, training) => ({
    options,
    inputs,
    output,
    samples: shard.images,
    x: inputs.map((shape, i) => floats(context.x(shard, i), shard.images * elements(shape))),
    y: floats(context.y(shard), shard.images * elements(output)),
    parameters: byName(parameters, (name, { shape }) => floats(context.parameter(name), elements(shape))),
    training,
    kernels,
    random: (sample) => {
      const { seed, epoch, position } = context.stream(shard);
      return new Generator({ seed, purpose: 'layer', epoch, position: position + sample, layer: index });
    },
  });
}

/** @param rows where the gradients of the parameters over this shard go */
function backwardPass<Options, Names extends string>(
  { kernels, dy, dx, inputs, output }: LayerContext<Options, Memory>,
  pass: CustomPass<Options, Names>,
  shard: Shard,
  parameters: readonly (readonly [Names, CustomParameter])[],
  rows: readonly number[],
): CustomBackwardPass<Options, Names> {
  const floats = (pointer: number, count: number) => kernels.f32.subarray(pointer / 4, pointer / 4 + count);
  const names = parameters.map(([name]) => name);
  return {
    ...pass,
    dy: floats(dy(shard), shard.images * elements(output)),
    dx: dx.map((pointer, i) => pointer && floats(pointer(shard), shard.images * elements(inputs[i]!)).fill(0)),
    gradients: byName(parameters, (name, { shape }) => floats(rows[names.indexOf(name)]!, elements(shape))),
  };
}

const byName = <Names extends string, T>(
  parameters: readonly (readonly [Names, CustomParameter])[],
  value: (name: Names, parameter: CustomParameter) => T,
): Record<Names, T> =>
  Object.fromEntries(parameters.map(([name, parameter]) => [name, value(name, parameter)])) as Record<Names, T>;
