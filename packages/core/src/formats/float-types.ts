/** A kind of float as files have it: how long one is, and how to read it. Little-endian. */
interface FloatType {
  readonly bytes: number;
  read(view: DataView, offset: number): number;
}

/** By their names in safetensors. */
export const floatTypes = {
  F64: { bytes: 8, read: (view, offset) => view.getFloat64(offset, true) },
  F32: { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) },
  F16: { bytes: 2, read: (view, offset) => view.getFloat16(offset, true) },
  BF16: { bytes: 2, read: (view, offset) => bfloat16(view.getUint16(offset, true)) },
} as const satisfies Readonly<Record<string, FloatType>>;

export type FloatTypeName = keyof typeof floatTypes;

/** The bytes of some float32. */
export function floatBytes(data: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(data.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) view.setFloat32(i * 4, data[i]!, true);
  return bytes;
}

/** A bfloat16 is the upper half of a float32. */
const words = new Uint32Array(1);
const floats = new Float32Array(words.buffer);
function bfloat16(bits: number): number {
  words[0] = bits << 16;
  return floats[0]!;
}

/** All floats that some bytes hold, as float32: what is finer is rounded. @param bytes whole floats, at any address */
export function readFloats(type: FloatTypeName, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const { bytes: width, read } = floatTypes[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(bytes.byteLength / width);
  for (let i = 0; i < data.length; i++) data[i] = read(view, i * width);
  return data;
}
