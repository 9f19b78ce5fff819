import { DataError } from '../errors.ts';

/** An array of bytes or of integers. */
export interface NpyArray {
  /** Sizes, slowest first. */
  readonly shape: readonly number[];
  /** NumPy's name of the type: `|u1`, `<i8`, … */
  readonly type: string;
  /** The elements: bytes as they are in the file, other integers as numbers. */
  readonly data: Uint8Array | Float64Array;
}

/** How an element is read; what is above 2⁵³ loses digits, and is no label. */
const readers: Readonly<Record<string, readonly [bytes: number, read: (view: DataView, at: number) => number]>> = {
  i1: [1, (view, at) => view.getInt8(at)],
  u2: [2, (view, at) => view.getUint16(at, true)],
  i2: [2, (view, at) => view.getInt16(at, true)],
  u4: [4, (view, at) => view.getUint32(at, true)],
  i4: [4, (view, at) => view.getInt32(at, true)],
  u8: [8, (view, at) => Number(view.getBigUint64(at, true))],
  i8: [8, (view, at) => Number(view.getBigInt64(at, true))],
};

/**
 * Reads NumPy's format (numpy.lib.format, versions 1 to 3): `\x93NUMPY`, the version, the length of the header, a Python
 * dictionary with descr, fortran_order and shape, then the elements. Bytes and little-endian integers in C's order; no
 * pickled objects, ever.
 *
 * @param name for messages
 * @throws DataError `DATA_FORMAT`, `DATA_TRUNCATED`, `DATA_TRAILING`
 */
export function readNpy(name: string, bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12 || Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== '\x93NUMPY') {
    throw new DataError('DATA_FORMAT', `${name}: expected NumPy's format, which begins with \\x93NUMPY`);
  }
  const version = bytes[6]!;
  const begin = version === 1 ? 10 : 12;
  const headerBytes = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = Buffer.from(bytes.subarray(begin, begin + headerBytes)).toString('latin1');
  const type = /'descr': *'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(header)?.[1];
  const sizes = /'shape': *\(([\d, L]*)\)/.exec(header)?.[1];
  if (version < 1 || version > 3 || type === undefined || order === undefined || sizes === undefined) {
    throw new DataError('DATA_FORMAT', `${name}: expected a header with descr, fortran_order and shape, got ${header}`);
  }
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  const known = type === '|u1' ? ([1] as const) : /^[<|]/.test(type) ? readers[type.slice(1)] : undefined;
  if (known === undefined || (order === 'True' && shape.length > 1)) {
    throw new DataError(
      'DATA_FORMAT',
      `${name}: expected an array of bytes (uint8) or little-endian integers in C's order, got ${type}` +
        `${order === 'True' ? " in Fortran's order" : ''}; save it again as np.ascontiguousarray(a).astype('uint8')`,
    );
  }
  const data = bytes.subarray(begin + headerBytes);
  const [elementBytes, read] = known;
  const expected = count * elementBytes;
  if (data.length !== expected) {
    throw new DataError(
      data.length < expected ? 'DATA_TRUNCATED' : 'DATA_TRAILING',
      `${name}: expected ${expected} bytes of elements for shape ${shape.join('×')}, got ${data.length}`,
    );
  }
  if (read === undefined) return { shape, type, data };
  const elements = new DataView(data.buffer, data.byteOffset, data.length);
  return { shape, type, data: Float64Array.from({ length: count }, (_, i) => read(elements, i * elementBytes)) };
}
