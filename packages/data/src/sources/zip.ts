import { inflateRawSync } from 'node:zlib';
import { DataError } from '../errors.ts';

/** A file of a ZIP archive, unpacked when it is asked for. */
export interface ZipFile {
  readonly name: string;
  /** Of it unpacked, as the directory announces. */
  readonly bytes: number;
  read(): Uint8Array;
}

const endSignature = 0x06054b50;
const directorySignature = 0x02014b50;
const localSignature = 0x04034b50;
/** Bytes of the fixed parts of the records. */
const endBytes = 22;
const directoryBytes = 46;
const localBytes = 30;

/**
 * The files of a ZIP archive (PKWARE's APPNOTE, 4.3), stored or deflated, as NumPy writes them. No more is inflated than
 * the directory announces.
 *
 * @param path for messages
 * @throws DataError `DATA_FORMAT` where it is none, is damaged, encrypted, or larger than 4 GiB (ZIP64)
 */
export function zipFiles(path: string, bytes: Uint8Array): ZipFile[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const damaged = (what: string) =>
    new DataError('DATA_FORMAT', `${path}: expected a whole ZIP archive, ${what}; get the file again`);
  try {
    const end = findEnd(view);
    if (end === undefined) throw damaged('it has no directory');
    const count = view.getUint16(end + 10, true);
    let at = view.getUint32(end + 16, true);
    if (count === 0xffff || at === 0xffffffff) throw damaged('ZIP64 is not understood');
    const files: ZipFile[] = [];
    for (let i = 0; i < count; i++) {
      if (view.getUint32(at, true) !== directorySignature) throw damaged('its directory is damaged');
      const encrypted = (view.getUint16(at + 8, true) & 1) !== 0;
      const method = view.getUint16(at + 10, true);
      const packed = view.getUint32(at + 20, true);
      const size = view.getUint32(at + 24, true);
      const nameBytes = view.getUint16(at + 28, true);
      const local = view.getUint32(at + 42, true);
      const name = Buffer.from(bytes.subarray(at + directoryBytes, at + directoryBytes + nameBytes)).toString('utf8');
      if (encrypted || (method !== 0 && method !== 8)) {
        throw damaged(`${name} is ${encrypted ? 'encrypted' : `packed by method ${method}, not stored or deflated`}`);
      }
      files.push({ name, bytes: size, read: () => readFile(local, method, packed, size, name) });
      at += directoryBytes + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    }
    return files;
  } catch (error) {
    throw error instanceof RangeError ? damaged('it is cut short') : error;
  }

  function readFile(local: number, method: number, packed: number, size: number, name: string): Uint8Array {
    if (local + localBytes > bytes.length || view.getUint32(local, true) !== localSignature) {
      throw damaged(`${name} is not where the directory says`);
    }
    const begin = local + localBytes + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const data = bytes.subarray(begin, begin + packed);
    let unpacked: Uint8Array;
    try {
      unpacked = method === 0 ? data : inflateRawSync(data, { maxOutputLength: Math.max(1, size) });
    } catch (cause) {
      throw new DataError('DATA_FORMAT', `${path}: ${name} is damaged; get the file again`, { cause });
    }
    if (unpacked.length !== size) throw damaged(`${name} has ${unpacked.length} of ${size} bytes`);
    return unpacked;
  }
}

/** The end record is the last thing, before a comment of up to 64 KiB. */
function findEnd(view: DataView): number | undefined {
  const least = Math.max(0, view.byteLength - endBytes - 0xffff);
  for (let at = view.byteLength - endBytes; at >= least; at--) {
    if (view.getUint32(at, true) === endSignature) return at;
  }
  return undefined;
}
