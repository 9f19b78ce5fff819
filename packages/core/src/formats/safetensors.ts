import { CoreError } from '../errors.ts';
import { elements, shapeText } from '../graph/graph.ts';
import type { StateDict } from '../state.ts';
import { type FloatTypeName, floatTypes, readFloats } from './float-types.ts';

/**
 * The safetensors format: a little-endian uint64 length, that many bytes of JSON, and the tensors' bytes.
 * https://github.com/huggingface/safetensors#format
 */

/** As the reference implementation's limit. */
const maxHeaderBytes = 100_000_000;

const metadataName = '__metadata__';

/** What a file holds. */
interface SafetensorsFile {
  readonly state: StateDict;
  /** Tensors of integers, such as batch norm's `num_batches_tracked`: no network of ours has any. */
  readonly skipped: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of a file with the given tensors, in the order of their names.
 *
 * @throws CoreError `FORMAT_INVALID` for a tensor that has not as many values as its shape says, or the name `__metadata__`
 */
export function encodeSafetensors(state: StateDict, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const names = [...state.keys()].sort(byCodePoint);
  let offset = 0;
  // Without a prototype, where a tensor called "__proto__" is a key like any other.
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header[metadataName] = metadata;
  for (const name of names) {
    const { shape, data } = state.get(name)!;
    if (name === metadataName || elements(shape) !== data.length) {
      throw new CoreError(
        'FORMAT_INVALID',
        `tensor "${name}" of ${shapeText(shape)} with ${data.length} values cannot be written: expected as many values as the shape says, and a name other than ${metadataName}`,
      );
    }
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
  let position = 8 + headerBytes;
  for (const name of names) {
    const { data } = state.get(name)!;
    for (let i = 0; i < data.length; i++, position += 4) view.setFloat32(position, data[i]!, true);
  }
  return file;
}

/**
 * The tensors of a file as float32, and its metadata: F32, F16, BF16 and F64 are converted, I64 is left out. Nothing is
 * allocated before all sizes have been checked.
 *
 * @param where what the message calls the file
 * @throws CoreError `FORMAT_INVALID` for anything but a well-formed file of such tensors.
 */
export function decodeSafetensors(file: Uint8Array, where: string): SafetensorsFile {
  const invalid = (what: string): CoreError =>
    new CoreError('FORMAT_INVALID', `${where} is not a valid safetensors file: ${what}`);
  if (file.length < 8) throw invalid(`it has ${file.length} bytes, and the header's length alone takes 8`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  const most = Math.min(maxHeaderBytes, file.length - 8);
  if (headerBytes > BigInt(most)) {
    throw invalid(
      `its header would have ${headerBytes} bytes, but in a file of ${file.length} it can have ${most} at most`,
    );
  }
  const dataBegin = 8 + Number(headerBytes);
  const header = parseHeader(file.subarray(8, dataBegin), invalid);
  const { [metadataName]: metadata = {}, ...entries } = header;
  const dataBytes = file.length - dataBegin;
  const tensors = Object.entries(entries).map(([name, entry]) => ({
    name,
    ...checkEntry(name, entry, dataBytes, invalid),
  }));
  let end = 0;
  for (const { name, begin, bytes } of tensors.toSorted((a, b) => a.begin - b.begin || a.bytes - b.bytes)) {
    if (begin !== end)
      throw invalid(`tensor ${brief(name)} begins at byte ${begin}, but the one before it ends at ${end}`);
    end = begin + bytes;
  }
  if (end !== dataBytes) throw invalid(`its tensors take ${end} bytes, but ${dataBytes} follow the header`);
  const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const skipped: string[] = [];
  for (const { name, type, shape, begin, bytes } of tensors) {
    if (type === 'I64') skipped.push(name);
    else
      state.set(name, { shape, data: readFloats(type, file.subarray(dataBegin + begin, dataBegin + begin + bytes)) });
  }
  return { state, skipped, metadata: checkMetadata(metadata, invalid) };
}

function parseHeader(bytes: Uint8Array, invalid: (what: string) => CoreError): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('its header is not JSON');
  }
  if (!isRecord(header)) throw invalid('its header is not an object');
  return header;
}

function checkEntry(
  name: string,
  entry: unknown,
  dataBytes: number,
  invalid: (what: string) => CoreError,
): { type: FloatTypeName | 'I64'; shape: readonly number[]; begin: number; bytes: number } {
  const tensor = `tensor ${brief(name)}`;
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (!isType(dtype)) {
    throw invalid(`${tensor} has the dtype ${brief(dtype)}, and only ${Object.keys(widths).join(', ')} can be read`);
  }
  if (!isSizes(shape)) throw invalid(`${tensor} has the shape ${brief(shape)}, expected a list of sizes`);
  const [begin, end] = isSizes(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || begin > end || end > dataBytes) {
    throw invalid(
      `${tensor} has the offsets ${brief(offsets)}, expected [begin, end] in the ${dataBytes} bytes that follow the header`,
    );
  }
  if (elements(shape) * widths[dtype] !== end - begin) {
    throw invalid(`${tensor} of ${brief(shape)} ${dtype} does not take ${end - begin} bytes`);
  }
  return { type: dtype, shape, begin, bytes: end - begin };
}

/** Bytes of a value, of each type that can be read or skipped. */
const widths: Readonly<Record<FloatTypeName | 'I64', number>> = {
  F64: floatTypes.F64.bytes,
  F32: floatTypes.F32.bytes,
  F16: floatTypes.F16.bytes,
  BF16: floatTypes.BF16.bytes,
  I64: 8,
};

const isType = (dtype: unknown): dtype is FloatTypeName | 'I64' =>
  typeof dtype === 'string' && Object.hasOwn(widths, dtype);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

/** A value of a file in a message: as JSON, and not all of it, since a file can hold anything. */
function brief(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? 'missing';
    return text.length > 80 ? `${text.slice(0, 80)}…` : text;
  } catch {
    return 'of a kind that cannot be shown'; // nested too deeply for Node.js 24
  }
}

function checkMetadata(metadata: unknown, invalid: (what: string) => CoreError): Readonly<Record<string, string>> {
  if (isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string')) {
    return metadata as Record<string, string>;
  }
  throw invalid('its metadata is not text by name');
}

/** The order of names in files and digests: by code point, in no language, as `sorted` in Python has it. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a.codePointAt(i)! - b.codePointAt(i)!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
