import type { Constant } from './constants.ts';
import type { OperatorReader } from './read-convolutions.ts';
import { optional } from './read-convolutions.ts';
import type { Affine, OnnxReader, Tensor, Value } from './reader.ts';

const channelsOf = ({ shape }: Tensor): number => shape.at(-1)!;
const tensorOf = (value: Tensor | Affine): Tensor => (value.kind === 'affine' ? value.of : value);

/** A constant as one value for each channel of a tensor. */
function perChannel(reader: OnnxReader, { dims, values }: Constant, tensor: Tensor): number[] {
  const channels = channelsOf(tensor);
  if (values.length === 1) return new Array<number>(channels).fill(values[0]!);
  // Axes are matched from the last one on; where a map has its channels first, two follow them.
  const behind = tensor.channelsLast ? 0 : tensor.dims.length - 1;
  const axis = dims.length - 1 - behind;
  if (values.length !== channels || dims[axis] !== channels) {
    reader.refuse(
      `of ${tensor.dims.join('x')} and a constant of ${dims.join('x')} cannot be read, only of a constant with one value or one a channel`,
    );
  }
  return [...values];
}

/** Whether a node of ours is of some kind, and reads a tensor. */
function reads(reader: OnnxReader, made: Tensor, op: string, input: Tensor): boolean {
  const node = reader.producer(made);
  return node?.op === op && node.inputs[0] === input.name;
}

const scaled = (reader: OnnxReader, value: Tensor | Affine, factor: number): Tensor | Affine => {
  const channels = channelsOf(tensorOf(value));
  return reader.affine(value, new Array<number>(channels).fill(factor), new Array<number>(channels).fill(0));
};

/** A product of two tensors, which may be an activation written in two steps. */
function product(reader: OnnxReader, left: Tensor | Affine, right: Tensor | Affine): Value {
  for (const [x, gate] of [
    [left, right],
    [right, left],
  ] as const) {
    // biome-ignore format: one line
    if (x.kind !== 'tensor') continue;
    const inner = tensorOf(gate);
    const [factor = 1] = gate.kind === 'affine' ? gate.scale : [];
    const alike = gate.kind === 'tensor' || gate.scale.every((other) => other === factor);
    const unshifted = gate.kind === 'tensor' || gate.shift.every((term) => term === 0);
    // x·(1 + erf(x/√2)), the half of which is GELU's.
    if (
      gate.kind === 'affine' &&
      reads(reader, inner, placeholder, x) &&
      factor === 1 &&
      alike &&
      gate.shift.every((term) => term === 1)
    ) {
      return scaled(reader, reader.add({ op: 'gelu', options: {} }, [x]), 2);
    }
    if (!alike || !unshifted) continue;
    for (const [op, whole] of [
      ['hardSigmoid', 'hardSwish'],
      ['sigmoid', 'silu'],
    ] as const) {
      // biome-ignore format: one line
      if (reads(reader, inner, op, x)) return scaled(reader, reader.add({ op: whole, options: {} }, [x]), factor);
    }
  }
  const [a, b] = [reader.tensor(left), reader.tensor(right)];
  // The one that is multiplied in each channel comes second.
  if (a.shape.join() === b.shape.join()) sameAxes(reader, a, b);
  else if (a.channelsLast || b.channelsLast || [a, b].every(({ dims }) => dims.slice(1).join() !== '1,1')) {
    reader.refuse(`of ${a.dims.join('x')} and ${b.dims.join('x')} cannot be read`);
  }
  const factorFirst =
    a.shape.slice(0, -1).every((size) => size === 1) && b.shape.length === 3 && a.shape.join() !== b.shape.join();
  return reader.add({ op: 'multiply', options: {} }, factorFirst ? [b, a] : [a, b]);
}

/** Refuses tensors that the file has in different orders of axes, so that it does not mean the values that meet here. */
function sameAxes(reader: OnnxReader, a: Tensor, b: Tensor): void {
  if (a.dims.join() === b.dims.join() && a.channelsLast === b.channelsLast) return;
  reader.refuse(`of ${a.dims.join('x')} and ${b.dims.join('x')} cannot be read`);
}

function sum(reader: OnnxReader, left: Value | undefined, right: Value | undefined): Tensor {
  const [a, b] = [reader.tensor(left), reader.tensor(right)];
  sameAxes(reader, a, b);
  return reader.add({ op: 'add', options: {} }, [a, b]);
}

/** Stands for erf until it turns out to be a part of GELU; no layer has this name. */
export const placeholder = 'erf';

const arithmetic =
  (operation: 'Add' | 'Sub' | 'Mul' | 'Div'): OperatorReader =>
  (reader, [left, right]) => {
    if (!left || !right) return reader.refuse('is expected to read two tensors');
    if (left.kind === 'constant' && right.kind === 'constant') return reader.refuse('of constants cannot be read');
    if (left.kind !== 'constant' && right.kind !== 'constant') {
      if (operation === 'Mul') return product(reader, left, right);
      if (operation !== 'Add') return reader.refuse('of two computed tensors cannot be read');
      return sum(reader, left, right);
    }
    const [value, fixed] = (left.kind === 'constant' ? [right, left] : [left, right]) as [Tensor | Affine, Constant];
    const numbers = perChannel(reader, fixed, tensorOf(value));
    const same = (number: number): number[] => numbers.map(() => number);
    if (left.kind === 'constant' && operation === 'Div')
      return reader.refuse('of a constant by a tensor cannot be read');
    if (operation === 'Add') return reader.affine(value, same(1), numbers);
    if (operation === 'Mul') return reader.affine(value, numbers, same(0));
    if (operation === 'Div') return reader.affine(value, numbers.map((number) => 1 / number), same(0)); // biome-ignore format: one line
    const negated = left.kind === 'constant';
    return negated ? reader.affine(value, same(-1), numbers) : reader.affine(value, same(1), numbers.map((number) => -number)); // biome-ignore format: one line
  };

/** A value limited to [least, most]: ReLU, ReLU6, or the straight part of a hard sigmoid. */
const clip: OperatorReader = (reader, [input, least, most]) => {
  if (!input || input.kind === 'constant') return reader.refuse('of a constant cannot be read');
  const bound = (value: Value | undefined, name: string, standard: number): number => {
    const given = optional(reader, value)?.values[0] ?? reader.float(name, standard);
    return Math.abs(given) > 3.4e38 ? Math.sign(given) * Number.POSITIVE_INFINITY : given;
  };
  const low = bound(least, 'min', Number.NEGATIVE_INFINITY);
  const high = bound(most, 'max', Number.POSITIVE_INFINITY);
  if (low !== 0) return reader.refuse(`from ${low} to ${high} cannot be read, only from 0`);
  if (input.kind === 'affine' && Number.isFinite(high))
    return hardSigmoid(reader, scaled(reader, input, 1 / high), high);
  if (high === 6 || high === Number.POSITIVE_INFINITY) {
    return reader.add({ op: high === 6 ? 'relu6' : 'relu', options: {} }, [reader.tensor(input)]);
  }
  return hardSigmoid(reader, scaled(reader, input, 1 / high), high);
};

/** height·min(max(x, 0), 1), and ours is min(max(x/6 + 1/2, 0), 1). */
function hardSigmoid(reader: OnnxReader, value: Tensor | Affine, height: number): Value {
  const channels = channelsOf(tensorOf(value));
  const all = (number: number) => new Array<number>(channels).fill(number);
  // Decimal thirds and sixths come back to 1 and 0 but for rounding.
  const inner = reader.affine(value, all(6), all(-3));
  const input = isIdentity(inner) ? inner.of : reader.tensor(inner);
  return scaled(reader, reader.add({ op: 'hardSigmoid', options: {} }, [input]), height);
}

const isIdentity = (value: Tensor | Affine): value is Affine =>
  value.kind === 'affine' &&
  value.scale.every((factor) => Math.abs(factor - 1) < 2 ** -20) &&
  value.shift.every((term) => Math.abs(term) < 2 ** -20);

const hardSigmoidOperator: OperatorReader = (reader, [input]) => {
  if (!input || input.kind === 'constant') return reader.refuse('of a constant cannot be read');
  const channels = channelsOf(tensorOf(input));
  const all = (number: number) => new Array<number>(channels).fill(number);
  const [alpha, beta] = [reader.float('alpha', 0.2), reader.float('beta', 0.5)];
  if (Math.abs(6 * alpha - 1) < 2 ** -20 && beta === 0.5) {
    return reader.add({ op: 'hardSigmoid', options: {} }, [reader.tensor(input)]);
  }
  return hardSigmoid(reader, reader.affine(input, all(alpha), all(beta)), 1);
};

const erf: OperatorReader = (reader, [input]) => {
  const rootHalf = input?.kind === 'affine' && input.shift.every((term) => term === 0) && input.scale.every((factor) => Math.abs(factor - Math.SQRT1_2) < 1e-6); // biome-ignore format: one line
  if (!rootHalf) return reader.refuse('is only known as a part of GELU');
  const tensor = reader.add({ op: 'tanh', options: {} }, [input.of]);
  reader.replace(tensor.name, { op: placeholder, options: {} });
  return { ...tensor, exclusive: false };
};

const prelu: OperatorReader = (reader, [input, slope]) => {
  const tensor = reader.tensor(input);
  if (slope?.kind !== 'constant') return reader.refuse('is expected to have a constant slope');
  const slopes = slope.values.length === 1 ? [...slope.values] : perChannel(reader, slope, tensor);
  const weight = { kind: 'constant', dims: [slopes.length], values: slopes } as const;
  const call = { op: 'prelu', options: { numParameters: slopes.length } };
  return reader.add(call, [tensor], { weight }, reader.node.input[1]);
};

/** An operator with one input that a layer of ours is the same as. */
const activation =
  (op: string, options: (reader: OnnxReader) => Readonly<Record<string, unknown>> = () => ({})): OperatorReader =>
  (reader, [input]) =>
    reader.add({ op, options: options(reader) }, [reader.tensor(input)]);

export const elementwiseReaders: Readonly<Record<string, OperatorReader>> = {
  Add: arithmetic('Add'),
  Clip: clip,
  Div: arithmetic('Div'),
  Erf: erf,
  Gelu: activation('gelu', (reader) => ({ approximate: reader.text('approximate', 'none') })),
  HardSigmoid: hardSigmoidOperator,
  HardSwish: activation('hardSwish'),
  LeakyRelu: activation('leakyRelu', (reader) => ({ negativeSlope: reader.float('alpha', 0.01) })),
  Mul: arithmetic('Mul'),
  PRelu: prelu,
  Relu: activation('relu'),
  Sigmoid: activation('sigmoid'),
  Softmax: (reader, [input]) => {
    const tensor = reader.tensor(input);
    // Until opset 12 it was over all axes from this one on.
    const old = reader.opset < 13;
    if (old && tensor.dims.length > 1) reader.refuse(`of opset ${reader.opset} can only be read for vectors`);
    const axis = reader.integer('axis', old ? 1 : -1);
    const channels = tensor.channelsLast ? tensor.dims.length : 1;
    if (axis !== channels && axis !== channels - tensor.dims.length - 1) reader.refuse(`over axis ${axis} cannot be read, only over the channels`); // biome-ignore format: one line
    return reader.add({ op: 'softmax', options: {} }, [tensor]);
  },
  Sub: arithmetic('Sub'),
  Sum: (reader, [first, ...rest]) =>
    rest.reduce<Value>((total, next) => sum(reader, total, next), reader.tensor(first)),
  Tanh: activation('tanh'),
};
