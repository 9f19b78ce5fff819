import { isEven, type ReadWindows, sameBorder } from '../windows.ts';
import type { Constant } from './constants.ts';
import type { OnnxReader, Tensor, Value } from './reader.ts';

/** What reads an operator: gives its first output. */
export type OperatorReader = (reader: OnnxReader, inputs: readonly (Value | undefined)[]) => Value;

/** A constant that has to be there. */
export function weightOf(reader: OnnxReader, value: Value | undefined, axes?: number): Constant {
  if (value?.kind !== 'constant') return reader.refuse('is expected to have constant weights');
  if (axes !== undefined && value.dims.length !== axes) {
    reader.refuse(`has weights of ${value.dims.join('x')}, expected ${axes} axes`);
  }
  return value;
}

/** As {@link weightOf}, or nothing where it is left out. */
export const optional = (reader: OnnxReader, value: Value | undefined, axes?: number): Constant | undefined =>
  value && weightOf(reader, value, axes);

/** A map in the order [batch, channels, height, width], or a sequence in that of [batch, channels, length]. */
export function spatial(reader: OnnxReader, value: Value | undefined): Tensor {
  const tensor = reader.tensor(value);
  if (tensor.shape.length < 2) reader.refuse(`is expected to read a map, got ${tensor.shape.join('x')}`);
  if (tensor.channelsLast)
    reader.refuse('reads a map with its channels last, behind a Transpose that cannot be left out');
  return tensor;
}

/** The windows of a convolution or pooling, with `auto_pad` worked out. */
export function readWindows(reader: OnnxReader, { shape }: Tensor, kernelSize: number[]): ReadWindows {
  const axes = shape.length - 1;
  const ones = new Array<number>(axes).fill(1);
  const stride = reader.integers('strides') ?? ones;
  const dilation = reader.integers('dilations') ?? ones;
  const pads = reader.integers('pads') ?? new Array<number>(axes * 2).fill(0);
  if ([kernelSize, stride, dilation].some(({ length }) => length !== axes) || pads.length !== axes * 2) {
    reader.refuse(`has windows that are not for ${axes} axes`);
  }
  const automatic = reader.text('auto_pad', 'NOTSET');
  if (automatic === 'NOTSET')
    return { kernelSize, stride, dilation, before: pads.slice(0, axes), after: pads.slice(axes) };
  if (!['VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(automatic)) reader.refuse(`has the auto_pad ${automatic}`);
  const sides = kernelSize.map((kernel, i) =>
    automatic === 'VALID' ? [0, 0] : sameBorder(shape[i]!, kernel, stride[i]!, dilation[i]!),
  );
  const [smaller, larger] = [sides.map(([side]) => side!), sides.map(([, side]) => side!)];
  const [before, after] = automatic === 'SAME_LOWER' ? [larger, smaller] : [smaller, larger];
  return { kernelSize, stride, dilation, before, after };
}

/** A border of a map, in a node of its own. @param before, after [rows, columns] */
export function padded(
  reader: OnnxReader,
  map: Tensor,
  { before, after }: Pick<ReadWindows, 'before' | 'after'>,
  options: Readonly<Record<string, unknown>> = {},
): Tensor {
  const padding = [before[1], after[1], before[0], after[0]];
  return reader.add({ op: 'pad2d', options: { padding, ...options } }, [map]);
}

const conv: OperatorReader = (reader, [input, weight, bias]) => {
  const map = spatial(reader, input);
  const axes = map.shape.length - 1;
  const kernel = weightOf(reader, weight, axes + 2);
  const windows = readWindows(reader, map, kernel.dims.slice(2));
  const { kernelSize, stride, dilation } = windows;
  const padding = convolutionPadding(windows);
  if (!padding && axes === 1) reader.refuse('along a sequence with an uneven border cannot be read');
  const each = <T>(values: readonly T[] | string) => (axes === 1 && typeof values !== 'string' ? values[0] : values);
  const options = {
    outChannels: kernel.dims[0],
    kernelSize: each(kernelSize),
    stride: each(stride),
    padding: each(padding ?? [0, 0]),
    dilation: each(dilation),
    groups: reader.integer('group', 1),
    bias: bias !== undefined,
  };
  return reader.add(
    { op: axes === 1 ? 'conv1d' : 'conv2d', options },
    [padding ? map : padded(reader, map, windows)],
    { weight: kernel, bias: optional(reader, bias, 1) },
    reader.node.input[1],
  );
};

/** The padding of a convolution, where it can have it by itself. */
function convolutionPadding(windows: ReadWindows): readonly number[] | 'same' | undefined {
  if (isEven(windows)) return windows.before;
  const { kernelSize, stride, dilation, before, after } = windows;
  const same = kernelSize.every((kernel, i) => {
    const total = dilation[i]! * (kernel - 1);
    return stride[i] === 1 && before[i] === Math.floor(total / 2) && after[i] === Math.ceil(total / 2);
  });
  return same ? 'same' : undefined;
}

const convTranspose: OperatorReader = (reader, [input, weight, bias]) => {
  const map = spatial(reader, input);
  const kernel = weightOf(reader, weight, 4);
  const windows = readWindows(reader, map, kernel.dims.slice(2));
  if (!isEven(windows) || reader.text('auto_pad', 'NOTSET') !== 'NOTSET' || reader.integers('output_shape')) {
    reader.refuse('can only be read with even pads, and without auto_pad and output_shape');
  }
  const groups = reader.integer('group', 1);
  const { stride, dilation, before } = windows;
  const options = {
    outChannels: kernel.dims[1]! * groups,
    kernelSize: windows.kernelSize,
    stride,
    dilation,
    padding: before,
    outputPadding: reader.integers('output_padding') ?? [0, 0],
    groups,
    bias: bias !== undefined,
  };
  const call = { op: 'convTranspose2d', options };
  return reader.add(call, [map], { weight: kernel, bias: optional(reader, bias, 1) }, reader.node.input[1]);
};

function transposed({ dims: [rows, columns], values }: Constant): Constant {
  const data = new Float32Array(values.length);
  for (let i = 0; i < data.length; i++) data[i] = values[(i % rows!) * columns! + Math.floor(i / rows!)]!;
  return { kind: 'constant', dims: [columns!, rows!], values: data };
}

function vector(reader: OnnxReader, value: Value | undefined): Tensor {
  const tensor = reader.tensor(value);
  if (tensor.shape.length !== 1 || tensor.dims.length !== 1) {
    reader.refuse(`is expected to read vectors, got ${tensor.dims.join('x')}`);
  }
  return tensor;
}

/** @param weight [out, in] */
function linear(reader: OnnxReader, input: Tensor, weight: Constant, bias: Constant | undefined): Tensor {
  const outFeatures = weight.dims[0]!;
  if (weight.dims[1] !== input.shape[0] || (bias && bias.values.length !== outFeatures)) {
    reader.refuse(
      `of ${input.shape[0]} features has weights of ${weight.dims.join('x')} and ${bias?.values.length ?? 'no'} biases`,
    );
  }
  const vectorBias = bias && { ...bias, dims: [outFeatures] };
  const call = { op: 'linear', options: { outFeatures, bias: bias !== undefined } };
  return reader.add(call, [input], { weight, bias: vectorBias }, reader.node.input[1]);
}

const gemm: OperatorReader = (reader, [input, weight, bias]) => {
  reader.only('transA', 0);
  for (const name of ['alpha', 'beta'])
    if (reader.float(name, 1) !== 1) reader.refuse(`with ${name} other than 1 cannot be read`);
  const matrix = weightOf(reader, weight, 2);
  const outIn = reader.integer('transB', 0) === 1 ? matrix : transposed(matrix);
  return linear(reader, vector(reader, input), outIn, optional(reader, bias));
};

const matMul: OperatorReader = (reader, [input, weight]) =>
  linear(reader, vector(reader, input), transposed(weightOf(reader, weight, 2)), undefined);

export const convolutionReaders: Readonly<Record<string, OperatorReader>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  Gemm: gemm,
  MatMul: matMul,
};
