import { z } from 'zod';
import type { LayerCall } from '../../graph/builder.ts';
import type { Shape } from '../../graph/graph.ts';
import { isEven, poolPadding, type ReadWindows, sameBorder } from '../windows.ts';
import type { KerasTensor } from './weights.ts';

/** A tensor between two layers. */
export interface KerasValue {
  readonly name: string;
  readonly shape: Shape;
  /** The map that a vector was, if it was flattened: Keras has its channels last, we have them first. */
  readonly map?: Shape | undefined;
}

/** What a layer of a file is read with. */
export interface KerasReader {
  /** @throws CoreError that names the layer */
  refuse(what: string): never;
  weight(name: string): KerasTensor;
  /** Adds a node of ours. @param suffix of its name, where a layer comes to several */
  add(
    call: LayerCall,
    inputs: readonly KerasValue[],
    weights?: Readonly<Record<string, KerasTensor>>,
    suffix?: string,
  ): KerasValue;
}

type LayerReader = (
  config: Readonly<Record<string, unknown>>,
  inputs: readonly KerasValue[],
  to: KerasReader,
) => KerasValue;

const pair = z.union([z.int().min(1), z.tuple([z.int().min(1), z.int().min(1)])]).transform((v) => (typeof v === 'number' ? [v, v] : v)); // biome-ignore format: one line
const padding = z.enum(['valid', 'same']).default('valid');
const channelsLast = z.literal('channels_last').nullish();
const activation = z.string().nullish();

/** A layer whose options are checked by a schema. */
const layer =
  <S extends z.ZodObject>(
    schema: S,
    read: (config: z.output<S>, input: KerasValue, to: KerasReader, all: readonly KerasValue[]) => KerasValue,
  ): LayerReader =>
  (config, inputs, to) => {
    const parsed = schema.safeParse(config);
    if (!parsed.success)
      return to.refuse(`cannot be read: ${z.prettifyError(parsed.error).replaceAll('\n', ' ').slice(0, 300)}`);
    const [first] = inputs;
    if (!first) return to.refuse('has no input');
    return read(parsed.data, first, to, inputs);
  };

const activations: ReadonlyMap<string, LayerCall> = new Map(
  [
    ['gelu', 'gelu'],
    ['relu', 'relu'],
    ['relu6', 'relu6'],
    ['sigmoid', 'sigmoid'],
    ['silu', 'silu'],
    ['softmax', 'softmax'],
    ['swish', 'silu'],
    ['tanh', 'tanh'],
  ].map(([name, op]) => [name!, { op: op!, options: {} }]),
);

/** Behind what a layer computes, as it has it in its options, or by itself. */
function activated(name: string | null | undefined, value: KerasValue, to: KerasReader, suffix: string): KerasValue {
  if (name === undefined || name === null || name === 'linear') return value;
  const call =
    activations.get(name) ?? to.refuse(`has the activation ${name}; there are ${[...activations.keys()].join(', ')}`);
  return elementwise(call, value, to, suffix);
}

/** What does not care for the order of a vector. */
const elementwise = (call: LayerCall, value: KerasValue, to: KerasReader, suffix = ''): KerasValue => ({
  ...to.add(call, [value], {}, suffix),
  map: value.map,
});

function mapOf({ shape }: KerasValue, to: KerasReader): readonly [number, number, number] {
  if (shape.length !== 3) return to.refuse(`expects a map, got ${shape.join('x')}`);
  const [height, width, channels] = shape;
  return [height!, width!, channels!];
}

function windows(
  value: KerasValue,
  to: KerasReader,
  kernelSize: number[],
  stride: number[],
  dilation: number[],
  mode: 'valid' | 'same',
): ReadWindows {
  // biome-ignore format: one line
  const map = mapOf(value, to);
  const sides = kernelSize.map((kernel, i) =>
    mode === 'same' ? sameBorder(map[i]!, kernel, stride[i]!, dilation[i]!) : [0, 0],
  );
  return { kernelSize, stride, dilation, before: sides.map(([side]) => side!), after: sides.map(([, side]) => side!) };
}

/** A tensor with its axes in another order. */
function permuted({ shape, data }: KerasTensor, order: readonly number[]): KerasTensor {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => shape[axis]!);
  const out = new Float32Array(data.length);
  const index = sizes.map(() => 0);
  for (let to = 0; to < out.length; to++) {
    out[to] = data[index.reduce((from, at, axis) => from + at * strides[order[axis]!]!, 0)]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < sizes[axis]!) break;
      index[axis] = 0;
    }
  }
  return { shape: sizes, data: out };
}

function axes(to: KerasReader, name: string, count: number): KerasTensor {
  const tensor = to.weight(name);
  if (tensor.shape.length !== count)
    return to.refuse(`has a ${name} of ${tensor.shape.join('x')}, expected ${count} axes`);
  return tensor;
}

const convolutionConfig = z.object({
  kernel_size: pair,
  strides: pair.default([1, 1]),
  dilation_rate: pair.default([1, 1]),
  padding,
  data_format: channelsLast,
  use_bias: z.boolean().default(true),
  activation,
});

function convolution(
  config: z.output<typeof convolutionConfig>,
  input: KerasValue,
  to: KerasReader,
  { weight, groups }: { readonly weight: KerasTensor; readonly groups: number },
): KerasValue {
  const { kernel_size: kernelSize, strides: stride, dilation_rate: dilation, use_bias: bias } = config;
  const around = windows(input, to, kernelSize, stride, dilation, config.padding);
  const { before, after } = around;
  const border = [before[1], after[1], before[0], after[0]];
  const from = isEven(around) ? input : to.add({ op: 'pad2d', options: { padding: border } }, [input], {}, '/pad');
  const own = isEven(around) ? before : [0, 0];
  const options = { outChannels: weight.shape[0]!, kernelSize, stride, dilation, padding: own, groups, bias };
  const made = to.add({ op: 'conv2d', options }, [from], { weight, ...(bias && { bias: to.weight('bias') }) });
  return activated(config.activation, made, to, '/activation');
}

/** Features in our order: for each of them, where Keras has it. */
function featureOrder({ map }: KerasValue): (feature: number) => number {
  if (!map) return (feature) => feature;
  const [height, width, channels] = map as readonly [number, number, number];
  const pixels = height * width;
  return (feature) => (feature % pixels) * channels + Math.floor(feature / pixels);
}

const reordered = ({ shape, data }: KerasTensor, value: KerasValue): KerasTensor => {
  const order = featureOrder(value);
  return { shape, data: data.map((_, i) => data[order(i)]!) };
};

const pool = (op: 'maxPool2d' | 'avgPool2d'): LayerReader =>
  layer(z.object({ pool_size: pair.default([2, 2]), strides: pair.nullish(), padding, data_format: channelsLast }), (config, input, to) => {
    const { pool_size: kernelSize } = config;
    const stride = config.strides ?? kernelSize;
    const around = windows(input, to, kernelSize, stride, [1, 1], config.padding);
    const own = poolPadding(around, input.shape) ?? to.refuse('has an uneven border that no pooling here has');
    const counted = op === 'avgPool2d' ? { countIncludePad: false } : {};
    return to.add({ op, options: { kernelSize, stride, ...own, ...counted } }, [input]);
  }); // biome-ignore format: one line

const batchNorm = layer(
  z.object({
    axis: z.union([z.int(), z.tuple([z.int()])]).default(-1),
    epsilon: z.number().positive().default(1e-3),
    momentum: z.number().min(0).max(1).default(0.99),
    scale: z.boolean().default(true),
    center: z.boolean().default(true),
  }),
  ({ axis, epsilon, momentum, scale, center }, input, to) => {
    const [last] = [axis].flat();
    if (last !== -1 && last !== input.shape.length)
      to.refuse(`has the axis ${last}, and only the last one can be read`);
    const [mean, variance] = [to.weight('moving_mean'), to.weight('moving_variance')];
    const filled = (value: number): KerasTensor => ({
      shape: mean.shape,
      data: new Float32Array(mean.data.length).fill(value),
    });
    const vectors = {
      weight: scale ? to.weight('gamma') : filled(1),
      bias: center ? to.weight('beta') : filled(0),
      running_mean: mean,
      running_var: variance,
    };
    const weights = Object.fromEntries(
      Object.entries(vectors).map(([name, tensor]) => [name, reordered(tensor, input)]),
    );
    const op = input.shape.length === 1 ? 'batchNorm1d' : 'batchNorm2d';
    // Keras's momentum is how much stays.
    return { ...to.add({ op, options: { eps: epsilon, momentum: 1 - momentum } }, [input], weights), map: input.map };
  },
);

const dense = layer(
  z.object({ units: z.int().min(1), use_bias: z.boolean().default(true), activation }),
  ({ units, use_bias: bias, activation: behind }, input, to) => {
    if (input.shape.length !== 1)
      to.refuse(`expects a vector, got ${input.shape.join('x')}: a Flatten before it is needed`);
    const { shape: [inputs, outputs], data } = axes(to, 'kernel', 2) as { shape: [number, number]; data: Float32Array }; // biome-ignore format: one line
    if (inputs !== input.shape[0]) to.refuse(`has a kernel for ${inputs} features, got ${input.shape[0]}`);
    const order = featureOrder(input);
    const weight = { shape: [outputs, inputs], data: data.map((_, i) => data[order(i % inputs) * outputs + Math.floor(i / inputs)]!) }; // biome-ignore format: one line
    const weights = { weight, ...(bias && { bias: to.weight('bias') }) };
    const made = to.add({ op: 'linear', options: { outFeatures: units, bias } }, [input], weights);
    return activated(behind, made, to, '/activation');
  },
);

const ordered = (value: KerasValue, to: KerasReader): KerasValue =>
  value.map ? to.refuse('reads a map that was flattened, whose features have another order here') : value;

/** How each kind of layer is read. */
export const kerasLayers: ReadonlyMap<string, LayerReader> = new Map<string, LayerReader>([
  [
    'Activation',
    layer(z.object({ activation: z.string() }), (config, input, to) => activated(config.activation, input, to, '')),
  ],
  [
    'Add',
    layer(z.object({}), (_, input, to, all) =>
      all.slice(1).reduce((sum, next, i) => to.add({ op: 'add', options: {} }, [ordered(sum, to), ordered(next, to)], {}, i < all.length - 2 ? `/${i}` : ''), input),
    ),
  ], // biome-ignore format: one line
  ['AveragePooling2D', pool('avgPool2d')],
  ['BatchNormalization', batchNorm],
  [
    'Concatenate',
    layer(z.object({ axis: z.int().default(-1) }), ({ axis }, input, to, all) => {
      if (axis !== -1 && axis !== input.shape.length) to.refuse(`has the axis ${axis}, and only the last one can be read`);
      return to.add({ op: 'concat', options: {} }, all.map((value) => ordered(value, to)));
    }),
  ], // biome-ignore format: one line
  [
    'Conv2D',
    layer(
      convolutionConfig.extend({ filters: z.int().min(1), groups: z.int().min(1).default(1) }),
      (config, input, to) =>
        convolution(config, input, to, {
          weight: permuted(axes(to, 'kernel', 4), [3, 2, 0, 1]),
          groups: config.groups,
        }),
    ),
  ],
  ['Dense', dense],
  [
    'DepthwiseConv2D',
    layer(convolutionConfig, (config, input, to) => {
      const { shape, data } = permuted(axes(to, 'depthwise_kernel', 4), [2, 3, 0, 1]);
      const [channels, multiplier, ...kernel] = shape as [number, number, number, number];
      const weight = { shape: [channels * multiplier, 1, ...kernel], data };
      return convolution(config, input, to, { weight, groups: channels });
    }),
  ],
  [
    'Dropout',
    layer(z.object({ rate: z.number().min(0).lt(1) }), ({ rate }, input, to) =>
      elementwise({ op: 'dropout', options: { p: rate } }, input, to),
    ),
  ],
  [
    'Flatten',
    layer(z.object({ data_format: channelsLast }), (_, input, to) => {
      if (input.shape.length === 1) return input;
      const [height, width] = mapOf(input, to);
      const flat = to.add({ op: 'flatten', options: {} }, [input]);
      return height * width === 1 ? flat : { ...flat, map: input.shape };
    }),
  ],
  [
    'GlobalAveragePooling2D',
    layer(z.object({ data_format: channelsLast, keepdims: z.literal(false).nullish() }), (_, input, to) =>
      to.add({ op: 'globalAvgPool2d', options: {} }, [input]),
    ),
  ],
  [
    'ReLU',
    layer(
      z.object({
        max_value: z.union([z.literal(6), z.null()]).optional(),
        negative_slope: z.literal(0).nullish(),
        threshold: z.literal(0).nullish(),
      }),
      ({ max_value: most }, input, to) => elementwise({ op: most === 6 ? 'relu6' : 'relu', options: {} }, input, to),
    ),
  ],
  ['MaxPooling2D', pool('maxPool2d')],
  [
    'Softmax',
    layer(z.object({ axis: z.literal(-1).nullish() }), (_, input, to) =>
      elementwise({ op: 'softmax', options: {} }, input, to),
    ),
  ],
  [
    'ZeroPadding2D',
    layer(
      z.object({
        padding: z.tuple([z.tuple([z.int().min(0), z.int().min(0)]), z.tuple([z.int().min(0), z.int().min(0)])]),
        data_format: channelsLast,
      }),
      (config, input, to) => {
        const [[top, bottom], [left, right]] = config.padding;
        return to.add({ op: 'pad2d', options: { padding: [left, right, top, bottom] } }, [input]);
      },
    ),
  ],
]);
