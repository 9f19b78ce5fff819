import { CoreError } from '../errors.ts';
import type { StateDict } from '../state.ts';

/**
 * The safetensors format: a little-endian uint64 length, that many bytes of JSON, and the tensors' bytes.
 * https://github.com/huggingface/safetensors#format
 */

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** As the reference implementation's limit. */
const maxHeaderBytes = 100_000_000;

/** The bytes of a file with the given tensors, in the order of their names. */
export function encodeSafetensors(state: StateDict, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const names = [...state.keys()].sort(byCodePoint);
  let offset = 0;
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  for (const name of names) {
    const { shape, data } = state.get(name)!;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.length * 4] };
    offset += data.length * 4;
  }
  // Spaces fill the header up, so that the tensors are aligned.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + offset);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes);
  file.set(json, 8);
  for (const name of names) {
    const { data } = state.get(name)!;
    const [begin] = (header[name] as Entry).data_offsets;
    for (let i = 0; i < data.length; i++) view.setFloat32(8 + headerBytes + begin + i * 4, data[i]!, true);
  }
  return file;
}

/**
 * The float32 tensors of a file, and its metadata. Nothing is allocated before all sizes have been checked.
 *
 * @param where what the message calls the file
 * @throws CoreError `FORMAT_INVALID` for anything but a well-formed file of F32 tensors.
 */
export function decodeSafetensors(
  file: Uint8Array,
  where: string,
): { state: StateDict; metadata: Readonly<Record<string, string>> } {
  const invalid = (what: string): CoreError =>
    new CoreError('FORMAT_INVALID', `${where} is not a valid safetensors file: ${what}`);
  if (file.length < 8) throw invalid(`it has ${file.length} bytes, and the header's length alone takes 8`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(maxHeaderBytes, file.length - 8))) {
    throw invalid(`its header would have ${headerBytes} bytes, but the file has ${file.length}`);
  }
  const dataBegin = 8 + Number(headerBytes);
  const header = parseHeader(file.subarray(8, dataBegin), invalid);
  const { __metadata__: metadata = {}, ...entries } = header;
  const dataBytes = file.length - dataBegin;
  const tensors = Object.entries(entries).map(([name, entry]) => ({
    name,
    ...checkEntry(name, entry, dataBytes, invalid),
  }));
  let end = 0;
  for (const { name, begin, bytes } of tensors.toSorted((a, b) => a.begin - b.begin || a.bytes - b.bytes)) {
    if (begin !== end) throw invalid(`tensor "${name}" begins at byte ${begin}, but the one before it ends at ${end}`);
    end = begin + bytes;
  }
  if (end !== dataBytes) throw invalid(`its tensors take ${end} bytes, but ${dataBytes} follow the header`);
  const state = new Map(
    tensors.map(({ name, shape, begin, bytes }) => {
      const data = new Float32Array(bytes / 4);
      for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(dataBegin + begin + i * 4, true);
      return [name, { shape, data }] as const;
    }),
  );
  return { state, metadata: checkMetadata(metadata, invalid) };
}

function parseHeader(bytes: Uint8Array, invalid: (what: string) => CoreError): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw invalid('its header is not an object');
  return header as Record<string, unknown>;
}

function checkEntry(
  name: string,
  entry: unknown,
  dataBytes: number,
  invalid: (what: string) => CoreError,
): { shape: readonly number[]; begin: number; bytes: number } {
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (typeof entry === 'object' && entry !== null ? entry : {}) as Partial<Entry>;
  if (dtype !== 'F32') throw invalid(`tensor "${name}" has dtype ${String(dtype)}, and only F32 can be read`);
  const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isSize))
    throw invalid(`tensor "${name}" has the shape ${JSON.stringify(shape)}`);
  if (
    !Array.isArray(offsets) ||
    offsets.length !== 2 ||
    !offsets.every(isSize) ||
    offsets[0]! > offsets[1]! ||
    offsets[1]! > dataBytes
  ) {
    throw invalid(
      `tensor "${name}" has the offsets ${JSON.stringify(offsets)}, but ${dataBytes} bytes follow the header`,
    );
  }
  const bytes = offsets[1] - offsets[0];
  if (shape.reduce((product, size) => product * size, 4) !== bytes) {
    throw invalid(`tensor "${name}" of ${shape.join('x')} float32 does not take ${bytes} bytes`);
  }
  return { shape, begin: offsets[0], bytes };
}

function checkMetadata(metadata: unknown, invalid: (what: string) => CoreError): Readonly<Record<string, string>> {
  if (
    typeof metadata === 'object' &&
    metadata !== null &&
    Object.values(metadata).every((value) => typeof value === 'string')
  ) {
    return metadata as Record<string, string>;
  }
  throw invalid('its metadata is not text by name');
}

/** The order of names in files and digests: by code point, in no language. */
export const byCodePoint = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
