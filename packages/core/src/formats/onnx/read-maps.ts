import { isEven, poolPadding } from '../windows.ts';
import type { Constant } from './constants.ts';
import { type OperatorReader, optional, padded, readWindows, spatial, weightOf } from './read-convolutions.ts';
import type { OnnxReader, Tensor } from './reader.ts';

/** [channels, height, width] → a map; in the order of the file. */
const map = (reader: OnnxReader, value: Parameters<OperatorReader>[1][0]): Tensor => {
  const tensor = spatial(reader, value);
  if (tensor.shape.length !== 3) reader.refuse(`is expected to read a map, got ${tensor.shape.join('x')}`);
  return tensor;
};

const pool =
  (op: 'maxPool2d' | 'avgPool2d'): OperatorReader =>
  (reader, [input]) => {
    const from = map(reader, input);
    if (reader.node.output.length > 1 && reader.node.output[1]) reader.refuse('with indices cannot be read');
    const windows = readWindows(reader, from, reader.integers('kernel_shape') ?? reader.refuse('has no kernel_shape'));
    const { kernelSize, stride, dilation } = windows;
    const own =
      poolPadding(windows, from.shape, reader.integer('ceil_mode', 0) === 1) ??
      reader.refuse('with an uneven border cannot be read');
    const counted = reader.integer('count_include_pad', 0) === 1;
    if (op === 'maxPool2d') return reader.add({ op, options: { kernelSize, stride, dilation, ...own } }, [from]);
    if (dilation.some((step) => step !== 1)) reader.refuse('with dilations cannot be read');
    if (counted && !isEven(windows)) reader.refuse('with an uneven border that counts cannot be read');
    return reader.add({ op, options: { kernelSize, stride, countIncludePad: counted, ...own } }, [from]);
  };

/** Down to one pixel. */
const global =
  (op: string): OperatorReader =>
  (reader, [input]) =>
    reader.add({ op, options: { outputSize: 1 } }, [map(reader, input)]);

const reduceMean: OperatorReader = (reader, [input, axes]) => {
  const from = map(reader, input);
  const list = [...(optional(reader, axes)?.values ?? reader.integers('axes') ?? [])].map((axis) => (axis + 4) % 4);
  if (list.toSorted().join() !== '2,3') reader.refuse(`over the axes ${list.join()} cannot be read, only over 2,3`);
  if (reader.integer('keepdims', 1) === 1) return global('adaptiveAvgPool2d')(reader, [from]);
  return reader.add({ op: 'globalAvgPool2d', options: {} }, [from]);
};

const lpPool: OperatorReader = (reader, [input]) => {
  const from = map(reader, input);
  reader.only('p', 2);
  const windows = readWindows(reader, from, reader.integers('kernel_shape') ?? reader.refuse('has no kernel_shape'));
  const { kernelSize, stride, before, after } = windows;
  if ([...before, ...after].some((size) => size !== 0) || reader.integer('ceil_mode', 0) !== 0) reader.refuse('with pads or ceil_mode cannot be read'); // biome-ignore format: one line
  return reader.add({ op: 'lpPool2d', options: { kernelSize, stride, normType: 2 } }, [from]);
};

const batchNorm: OperatorReader = (reader, [input, ...vectors]) => {
  reader.only('training_mode', 0);
  const from = reader.tensor(input);
  if (from.channelsLast || from.shape.length === 2) reader.refuse(`of ${from.dims.join('x')} cannot be read`);
  const [weight, bias, mean, variance] = vectors.map((value) => weightOf(reader, value, 1));
  const options = { eps: reader.float('epsilon', 1e-5) };
  const weights = { weight, bias, running_mean: mean, running_var: variance };
  const op = from.shape.length === 1 ? 'batchNorm1d' : 'batchNorm2d';
  return reader.add({ op, options }, [from], weights, reader.node.input[1]);
};

const instanceNorm: OperatorReader = (reader, [input, scale, shift]) => {
  const options = { eps: reader.float('epsilon', 1e-5), affine: true };
  const weights = { weight: weightOf(reader, scale, 1), bias: weightOf(reader, shift, 1) };
  return reader.add({ op: 'instanceNorm2d', options }, [map(reader, input)], weights, reader.node.input[1]);
};

/** Over the whole sample, or over the channels of each pixel where they come last. */
const layerNorm: OperatorReader = (reader, [input, scale, shift]) => {
  const from = reader.tensor(input);
  const rank = from.dims.length + 1;
  const axis = (reader.integer('axis', -1) + rank) % rank;
  if (axis !== (from.channelsLast ? rank - 1 : 1)) reader.refuse(`from axis ${axis} on cannot be read`);
  const shape = from.channelsLast ? [from.shape.at(-1)!] : from.dims;
  const zeros: Constant = { kind: 'constant', dims: shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
  const weights = { weight: weightOf(reader, scale), bias: optional(reader, shift) ?? zeros };
  const call = { op: from.channelsLast ? 'layerNorm2d' : 'layerNorm', options: { eps: reader.float('epsilon', 1e-5) } };
  const { dims, channelsLast } = from;
  return { ...reader.add(call, [from], weights, reader.node.input[1]), dims, channelsLast };
};

const localResponseNorm: OperatorReader = (reader, [input]) => {
  const size = reader.integer('size', 0);
  if (size % 2 === 0) reader.refuse(`of size ${size} cannot be read: in PyTorch an even size means another range`);
  const options = {
    size,
    alpha: reader.float('alpha', 1e-4),
    beta: reader.float('beta', 0.75),
    k: reader.float('bias', 1),
  };
  return reader.add({ op: 'localResponseNorm', options }, [map(reader, input)]);
};

const pad: OperatorReader = (reader, [input, pads, value, axes]) => {
  const from = map(reader, input);
  if (axes) reader.refuse('with axes cannot be read');
  const list = [...(optional(reader, pads)?.values ?? reader.integers('pads') ?? [])];
  const name = reader.text('mode', 'constant');
  const mode = { constant: 'constant', reflect: 'reflect', edge: 'replicate' }[name];
  if (!mode) reader.refuse(`with the mode ${name} cannot be read`);
  const border = optional(reader, value)?.values[0] ?? reader.float('value', 0);
  const only = (axes: readonly number[]): boolean =>
    list.length === 8 && list.every((pixels, i) => pixels === 0 || axes.includes(i));
  if (only([1, 5]) && mode === 'constant' && border === 0 && list.some((count) => count > 0)) {
    return reader.add({ op: 'padChannels', options: { before: list[1], after: list[5] } }, [from]);
  }
  if (!only([2, 3, 6, 7])) reader.refuse(`by ${list.join()} cannot be read, only around pixels, or channels of zeros`);
  const options = { mode, ...(mode === 'constant' && border !== 0 ? { value: border } : {}) };
  return padded(reader, from, { before: list.slice(2, 4), after: list.slice(6) }, options);
};

/** Resize; before opset 11 the scales are its second input, as they are for Upsample, and pixels are counted from a corner. */
const resize: OperatorReader = (reader, [input, roi, scales, sizes]) => {
  const from = map(reader, input);
  const old = reader.node.opType === 'Upsample' || reader.opset < 11;
  const factors = optional(reader, old ? roi : scales)?.values ?? [];
  const size = optional(reader, sizes)?.values;
  const linear = reader.text('mode', 'nearest') === 'linear';
  const coordinates = reader.text('coordinate_transformation_mode', old ? 'asymmetric' : 'half_pixel');
  const rounding = reader.text('nearest_mode', old ? 'floor' : 'round_prefer_floor');
  const known = linear
    ? ['half_pixel', 'pytorch_half_pixel', 'align_corners'].includes(coordinates)
    : reader.text('mode', 'nearest') === 'nearest' && coordinates === 'asymmetric' && rounding === 'floor';
  if (!known)
    reader.refuse(`with the mode ${reader.text('mode', 'nearest')}, ${coordinates}, ${rounding} cannot be read`);
  const given = size?.length === 4 ? size : factors;
  if (given.length !== 4 || (!size && (given[0] !== 1 || given[1] !== 1))) reader.refuse('is expected to have 4 constant scales or sizes'); // biome-ignore format: one line
  const target = [given[2], given[3]];
  const options = {
    ...(size ? { size: target } : { scaleFactor: target }),
    mode: linear ? 'bilinear' : 'nearest',
    alignCorners: coordinates === 'align_corners',
  };
  return reader.add({ op: 'upsample', options }, [from]);
};

export const mapReaders: Readonly<Record<string, OperatorReader>> = {
  AveragePool: pool('avgPool2d'),
  BatchNormalization: batchNorm,
  GlobalAveragePool: global('adaptiveAvgPool2d'),
  GlobalMaxPool: global('adaptiveMaxPool2d'),
  InstanceNormalization: instanceNorm,
  LRN: localResponseNorm,
  LayerNormalization: layerNorm,
  LpPool: lpPool,
  MaxPool: pool('maxPool2d'),
  Pad: pad,
  ReduceMean: reduceMean,
  Resize: resize,
  Upsample: resize,
};
