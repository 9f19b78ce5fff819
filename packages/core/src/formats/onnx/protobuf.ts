import type { AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from 'onnx-buf';

/** What ONNX files are made of; see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
export type { AttributeProto, ModelProto, NodeProto, TensorProto, ValueInfoProto };

/** `AttributeProto.AttributeType`. */
export const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** `TensorProto.DataType`. */
export const elementTypes = { float: 1, uint8: 2, int32: 6, int64: 7, float16: 10, double: 11, bfloat16: 16 } as const;

/** Loaded where it is used: a worker or another command should not wait for it. */
async function load() {
  const [protobuf, { ModelProtoSchema }] = await Promise.all([import('@bufbuild/protobuf'), import('onnx-buf')]);
  return { ...protobuf, ModelProtoSchema };
}

/** A message's fields, those that are not set left out. */
export type Fields<T> = {
  [K in Exclude<keyof T, '$typeName' | '$unknown'>]?: T[K] extends (infer Item)[]
    ? Item extends { $typeName: string }
      ? readonly Fields<Item>[]
      : readonly Item[]
    : T[K] extends { $typeName: string } | undefined
      ? Fields<NonNullable<T[K]>>
      : T[K];
};

export async function encodeModel(model: Fields<ModelProto>): Promise<Uint8Array> {
  const { create, toBinary, ModelProtoSchema } = await load();
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, model as Parameters<typeof create<typeof ModelProtoSchema>>[1]),
  );
}

/** @throws what the reader does not understand; it checks every length before it reads, and copies no tensor */
export async function decodeModel(file: Uint8Array): Promise<ModelProto> {
  const { fromBinary, ModelProtoSchema } = await load();
  return fromBinary(ModelProtoSchema, file, { readUnknownFields: false });
}
