import { type FloatTypeName, floatTypes, readFloats } from '../float-types.ts';
import { elementTypes, type TensorProto } from './protobuf.ts';

/** A constant of a file: weights, or a short list of integers. */
export interface Constant {
  readonly kind: 'constant';
  readonly dims: readonly number[];
  readonly values: Float32Array | readonly number[];
}

export const constant = (dims: readonly number[], values: Constant['values']): Constant => ({
  kind: 'constant',
  dims,
  values,
});

/** A list of integers: nothing that is longer than any shape is one. */
const mostIntegers = 1024;

const floatsOf: ReadonlyMap<number, FloatTypeName> = new Map([
  [elementTypes.float, 'F32'],
  [elementTypes.float16, 'F16'],
  [elementTypes.double, 'F64'],
  [elementTypes.bfloat16, 'BF16'],
]);

/**
 * A tensor's values. What it says of its size is compared with what there is before anything is allocated.
 *
 * @param invalid makes the error for what is wrong with it
 */
export function readConstant(tensor: TensorProto, invalid: (what: string) => Error): Constant {
  const { name, dataType, rawData } = tensor;
  const what = `tensor "${name.slice(0, 80)}"`;
  const dims = tensor.dims.map(Number);
  const count = dims.reduce((product, size) => product * size, 1);
  if (dims.some((size) => !Number.isSafeInteger(size) || size < 0) || !Number.isSafeInteger(count)) {
    throw invalid(`${what} has the shape ${tensor.dims.slice(0, 8).join('x')}`);
  }
  if (tensor.dataLocation !== 0 || tensor.externalData.length > 0) {
    throw invalid(`${what} is in another file, and only tensors inside can be read`);
  }
  const expect = (got: number, width = 1): void => {
    if (got !== count * width) {
      throw invalid(
        `${what} of ${dims.join('x')} has ${got} ${width > 1 ? 'bytes' : 'values'}, expected ${count * width}`,
      );
    }
  };
  const type = floatsOf.get(dataType);
  if (type) {
    if (rawData.length > 0) {
      expect(rawData.length, floatTypes[type].bytes);
      return constant(dims, readFloats(type, rawData));
    }
    const values = type === 'F64' ? tensor.doubleData : tensor.floatData;
    if (type === 'F16' || type === 'BF16') {
      // Each in an int32 of its own, as bits.
      expect(tensor.int32Data.length);
      const bits = new Uint8Array(new Uint16Array(tensor.int32Data).buffer);
      return constant(dims, readFloats(type, bits));
    }
    expect(values.length);
    return constant(dims, Float32Array.from(values));
  }
  if (dataType !== elementTypes.int64 && dataType !== elementTypes.int32) {
    throw invalid(`${what} has the element type ${dataType}, and only floats, int32 and int64 can be read`);
  }
  if (count > mostIntegers)
    throw invalid(`${what} has ${count} integers, and a list of at most ${mostIntegers} can be read`);
  const width = dataType === elementTypes.int64 ? 8 : 4;
  if (rawData.length > 0) {
    expect(rawData.length, width);
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    const read = (i: number) => (width === 8 ? Number(view.getBigInt64(i * 8, true)) : view.getInt32(i * 4, true));
    return constant(
      dims,
      Array.from({ length: count }, (_, i) => read(i)),
    );
  }
  const values = width === 8 ? tensor.int64Data.map(Number) : tensor.int32Data;
  expect(values.length);
  return constant(dims, values);
}
