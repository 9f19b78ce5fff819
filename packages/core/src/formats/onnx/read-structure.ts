import { elements } from '../../graph/graph.ts';
import { type Constant, constant } from './constants.ts';
import { type OperatorReader, optional, weightOf } from './read-convolutions.ts';
import type { OnnxReader, Tensor, Value } from './reader.ts';

/** The same tensor, that the file takes for another shape. */
const seenAs = (tensor: Tensor, dims: readonly number[]): Tensor => ({ ...tensor, dims });

/** All of a sample as a vector, in the order of the file's map. */
function flattened(reader: OnnxReader, value: Value | undefined): Tensor {
  const tensor = reader.tensor(value);
  const size = elements(tensor.shape);
  if (tensor.shape.length === 1) return seenAs(tensor, [size]);
  if (tensor.channelsLast && size !== tensor.shape.at(-1)) {
    return reader.refuse('of a map with its channels last cannot be read: the features behind it have another order');
  }
  // A pooling to one pixel, and flattening it, is one layer of ours.
  const producer = tensor.exclusive ? reader.producer(tensor) : undefined;
  if (producer?.op === 'adaptiveAvgPool2d' && size === tensor.shape.at(-1)) {
    reader.replace(tensor.name, { op: 'globalAvgPool2d', options: {} });
    return { ...tensor, shape: [size], dims: [size], channelsLast: false };
  }
  return reader.add({ op: 'flatten', options: {} }, [tensor]);
}

/** To another shape: where every axis but the channels' is 1 the values are the same, and else they become a vector. */
function reshaped(reader: OnnxReader, value: Value | undefined, dims: readonly number[]): Value {
  const tensor = reader.tensor(value);
  if (dims.join() === tensor.dims.join()) return tensor;
  if (dims.length === 1) return flattened(reader, tensor);
  // [channels, 1, 1]: what multiplies the channels of a map.
  if (tensor.shape.length === 1 && dims[0] === tensor.shape[0]) return seenAs(tensor, dims);
  return reader.refuse(`of ${tensor.dims.join('x')} to ${dims.join('x')} cannot be read, only to a vector`);
}

/** The shape of a Reshape, without the batch: 0 leaves an axis as it is, −1 takes what is left. */
function targetShape(reader: OnnxReader, { dims, shape }: Tensor, target: readonly number[]): number[] {
  // In a file for a batch of one, the batch is said to be 1.
  const [batch, ...rest] = target;
  const known = rest.map((size, i) => (size === 0 ? (dims[i] ?? -1) : size));
  const product = known.filter((size) => size !== -1).reduce((all, size) => all * size, 1);
  const left = elements(shape) / product;
  const result = known.map((size) => (size === -1 ? left : size));
  const whole = elements(result) === elements(shape) && result.every((size) => Number.isInteger(size) && size > 0);
  if (batch === undefined || !(batch === 0 || batch === 1 || batch === -1) || !whole) {
    return reader.refuse(`of ${dims.join('x')} to ${target.slice(0, 8).join()} cannot be read`);
  }
  return result;
}

const reshape: OperatorReader = (reader, [input, shape]) => {
  const target = [...(optional(reader, shape)?.values ?? reader.integers('shape') ?? [])];
  if (input?.kind === 'constant') {
    const count = input.values.length;
    const known = target.map((size, i) => (size === 0 ? (input.dims[i] ?? 0) : size));
    const product = known.filter((size) => size !== -1).reduce((all, size) => all * size, 1);
    const dims = known.map((size) => (size === -1 ? count / product : size));
    if (elements(dims) !== count)
      return reader.refuse(`of ${count} constants to ${target.slice(0, 8).join()} does not fit`);
    return constant(dims, input.values);
  }
  const tensor = reader.tensor(input);
  return reshaped(reader, tensor, targetShape(reader, tensor, target));
};

const squeeze =
  (add: boolean): OperatorReader =>
  (reader, [input, axes]) => {
    const list = [...(optional(reader, axes)?.values ?? reader.integers('axes') ?? [])];
    if (!input) return reader.refuse('has no input');
    const own = input.kind === 'constant' ? input.dims : [1, ...reader.tensor(input).dims];
    const rank = own.length + (add ? list.length : 0);
    const at = new Set((list.length > 0 ? list : own.flatMap((size, i) => (size === 1 && i > 0 ? [i] : []))).map((axis) => (axis + rank) % rank)); // biome-ignore format: one line
    const dims: number[] = [];
    if (add) {
      const rest = [...own];
      for (let i = 0; i < rank; i++) dims.push(at.has(i) ? 1 : (rest.shift() ?? 1));
    } else dims.push(...own.filter((_, i) => !at.has(i)));
    if (input.kind === 'constant') return constant(dims, input.values);
    if (at.has(0)) return reader.refuse('of the batch cannot be read');
    return reshaped(reader, input, dims.slice(1));
  };

/** A map's channels first or last; it is left out, since only the file's order of axes changes. */
const transpose: OperatorReader = (reader, [input]) => {
  const tensor = reader.tensor(input);
  const perm = reader.integers('perm')?.join();
  const [height, width, channels] = tensor.shape as [number, number, number];
  if (tensor.shape.length === 3 && perm === '0,2,3,1' && !tensor.channelsLast) {
    return { ...tensor, dims: [height, width, channels], channelsLast: true };
  }
  if (tensor.shape.length === 3 && perm === '0,3,1,2' && tensor.channelsLast) {
    return { ...tensor, dims: [channels, height, width], channelsLast: false };
  }
  return reader.refuse(`by ${perm} of ${tensor.dims.join('x')} cannot be read`);
};

const concat: OperatorReader = (reader, inputs) => {
  const axis = reader.integer('axis', 1);
  if (inputs.every((input) => input?.kind === 'constant')) {
    const values = inputs.flatMap((input) => [...(input as Constant).values]);
    return constant([values.length], values);
  }
  const tensors = inputs.map((input) => reader.tensor(input));
  const { dims, channelsLast } = tensors[0]!;
  const channels = channelsLast ? dims.length : 1;
  if (axis !== channels && axis !== channels - dims.length - 1) reader.refuse(`along axis ${axis} cannot be read, only along the channels`); // biome-ignore format: one line
  if (tensors.some((tensor) => tensor.channelsLast !== channelsLast)) reader.refuse('of maps in two orders of axes');
  const joined = reader.add({ op: 'concat', options: {} }, tensors);
  return channelsLast ? { ...joined, dims: joined.shape, channelsLast } : joined;
};

/** The shape that a Reshape wants again. The batch is 0 there: what it was. */
const shapeOf: OperatorReader = (reader, [input]) => {
  const dims = [0, ...reader.tensor(input).dims];
  const part = dims.slice(reader.integer('start', 0), reader.integer('end', dims.length));
  return constant([part.length], part);
};

const slice: OperatorReader = (reader, [input, starts, ends, , steps]) => {
  const { values, dims } = weightOf(reader, input, 1);
  const [start, end] = [starts, ends].map((value, i) => optional(reader, value)?.values[0] ?? reader.integers(['starts', 'ends'][i]!)?.[0]); // biome-ignore format: one line
  if (start === undefined || end === undefined || (optional(reader, steps)?.values[0] ?? 1) !== 1) {
    return reader.refuse('can only be read for a part of a shape');
  }
  const part = [...values].slice(start, Math.min(end, dims[0]!));
  return constant([part.length], part);
};

const gather: OperatorReader = (reader, [input, indices]) => {
  const { values } = weightOf(reader, input, 1);
  const list = weightOf(reader, indices);
  const part = [...list.values].map((i) => values[i < 0 ? i + values.length : i] ?? reader.refuse(`of index ${i} is out of range`)); // biome-ignore format: one line
  return constant(list.dims, part);
};

/** What evaluation leaves as it is. */
const same: OperatorReader = (reader, [input]) => input ?? reader.refuse('has no input');

export const structureReaders: Readonly<Record<string, OperatorReader>> = {
  Cast: same,
  Concat: concat,
  Dropout: same,
  Flatten: (reader, [input]) => {
    reader.only('axis', 1);
    return flattened(reader, input);
  },
  Gather: gather,
  Identity: same,
  Reshape: reshape,
  Shape: shapeOf,
  Slice: slice,
  Squeeze: squeeze(false),
  Transpose: transpose,
  Unsqueeze: squeeze(true),
};
