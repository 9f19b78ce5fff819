import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DataError } from './errors.ts';
import { errorCode, fileError } from './file-errors.ts';
import { pictureMemory } from './picture-memory.ts';

/** An array of bytes read from an IDX file. */
export interface IdxArray {
  /** Sizes, slowest first: [samples] for labels, [samples, height, width] for images. */
  readonly shape: readonly number[];
  /** The elements, in shared memory. */
  readonly data: Uint8Array<SharedArrayBuffer>;
  /** How many samples the file holds, of which `limit` may have left out some. */
  readonly samplesInFile: number;
}

export interface ReadIdxOptions {
  /** How many dimensions there must be: 1 for labels, 3 for images. */
  readonly dimensions: number;
  /** Keep only the first so many samples; a positive integer, not above what there is. Default: all. */
  readonly limit?: number | undefined;
  /** The most bytes that they may take. Default: half of the machine's memory. */
  readonly memoryLimit?: number | undefined;
}

/** Deflate cannot shrink data by more (RFC 1951: a match of 258 bytes takes two bits at the least). */
const maxDeflateRatio = 1032;

const elementTypes: Readonly<Record<number, string>> = {
  8: 'unsigned byte',
  9: 'signed byte',
  11: 'short',
  12: 'int',
  13: 'float',
  14: 'double',
};

/**
 * Reads a file in the IDX format of MNIST (yann.lecun.com/exdb/mnist): two zero bytes, a type (8: unsigned byte), the
 * number of dimensions, their sizes as big-endian 32-bit integers, then the elements. Compressed by gzip or not; the
 * first bytes tell which, whatever the name.
 *
 * The whole file is checked, also where `limit` keeps only a part. Sizes that the file cannot hold are refused before
 * memory is taken, and no more is inflated than the header announces.
 *
 * @throws DataError naming the file: `DATA_NOT_FOUND`, `DATA_READ`, `DATA_FORMAT`, `DATA_TRUNCATED`, `DATA_TRAILING`,
 *   `DATA_LIMIT`, `DATA_MEMORY`
 */
export async function readIdx(path: string, options: ReadIdxOptions): Promise<IdxArray> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const magic = new Uint8Array(2);
    await file.read(magic, 0, 2, 0);
    const compressed = magic[0] === 0x1f && magic[1] === 0x8b;
    const reader = new IdxReader(path, size, compressed, options);
    const source = file.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 18 });
    const consume = async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) reader.take(chunk);
    };
    try {
      if (compressed) await pipeline(source, createGunzip({ chunkSize: 1 << 18 }), consume);
      else await pipeline(source, consume);
    } catch (error) {
      throw reader.explain(error);
    }
    return reader.finish();
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    throw fileError(path, error, 'check the path');
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new DataError('DATA_READ', `${path}: expected a file in IDX format, got a folder or a device`);
}

/** Puts an IDX array together from pieces of the (inflated) file. */
class IdxReader {
  readonly #path: string;
  readonly #fileSize: number;
  readonly #compressed: boolean;
  readonly #options: ReadIdxOptions;
  readonly #header: Uint8Array;
  #received = 0;
  #array: IdxArray | undefined;
  /** Bytes of the whole inflated file, as its header announces. */
  #expected = 0;

  constructor(path: string, fileSize: number, compressed: boolean, options: ReadIdxOptions) {
    this.#path = path;
    this.#fileSize = fileSize;
    this.#compressed = compressed;
    this.#options = options;
    this.#header = new Uint8Array(4 + 4 * options.dimensions);
  }

  take(chunk: Uint8Array): void {
    const header = this.#header;
    let rest = chunk;
    if (this.#received < header.length) {
      const part = chunk.subarray(0, header.length - this.#received);
      header.set(part, this.#received);
      this.#received += part.length;
      rest = chunk.subarray(part.length);
      if (this.#received < header.length) return;
      this.#array = this.#allocate();
    }
    const data = this.#array!.data;
    const at = this.#received - header.length;
    if (at < data.length) data.set(rest.subarray(0, data.length - at), at);
    this.#received += rest.length;
    // Also ends the inflation of a file that is made to fill the memory.
    if (this.#received > this.#expected) throw this.#trailing();
  }

  finish(): IdxArray {
    if (this.#array !== undefined && this.#received === this.#expected) return this.#array;
    if (this.#array === undefined) {
      if (this.#received >= 4) this.#checkMagic();
      this.#expected = this.#header.length;
    }
    throw this.#truncated(this.#received);
  }

  /** What an error of the stream means for this file. */
  explain(error: unknown): DataError {
    if (error instanceof DataError) return error;
    const code = errorCode(error);
    if (!code.startsWith('Z_')) return fileError(this.#path, error, 'check the path');
    return new DataError(
      code === 'Z_BUF_ERROR' ? 'DATA_TRUNCATED' : 'DATA_FORMAT',
      code === 'Z_BUF_ERROR'
        ? `${this.#path}: the compressed file ends after ${this.#fileSize} bytes, which is too early; ` +
            'it is incomplete: get it again'
        : `${this.#path}: the gzip compression is damaged (${code}); get the file again`,
      { cause: error },
    );
  }

  #allocate(): IdxArray {
    this.#checkMagic();
    const { dimensions, limit, memoryLimit } = this.#options;
    const view = new DataView(this.#header.buffer);
    const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
    if (shape.some((size) => size === 0)) {
      throw new DataError('DATA_FORMAT', `${this.#path}: expected sizes of at least 1, got ${shape.join('×')}`);
    }
    this.#expected = shape.reduce((product, size) => product * size, 1) + this.#header.length;
    const most = this.#fileSize * (this.#compressed ? maxDeflateRatio : 1);
    if (this.#expected > most) throw this.#truncated(most);
    const samplesInFile = shape[0]!;
    const samples = limit ?? samplesInFile;
    if (!Number.isInteger(samples) || samples < 1 || samples > samplesInFile) {
      throw new DataError(
        'DATA_LIMIT',
        `${this.#path}: expected a limit in 1..${samplesInFile}, the number of samples that there are, got ${limit}`,
      );
    }
    const bytes = shape.slice(1).reduce((product, size) => product * size, samples);
    const data = pictureMemory(this.#path, bytes, memoryLimit);
    return { shape: [samples, ...shape.slice(1)], data, samplesInFile };
  }

  #checkMagic(): void {
    const [zero0, zero1, type, dimensions] = this.#header;
    const hint = 'is this the right file?';
    if (zero0 !== 0 || zero1 !== 0 || !(type! in elementTypes)) {
      const magic = Buffer.from(this.#header.subarray(0, 4)).toString('hex');
      throw new DataError(
        'DATA_FORMAT',
        `${this.#path}: expected the IDX format, which begins with 00 00 08, got ${magic}; ${hint}`,
      );
    }
    if (type !== 8) {
      throw new DataError(
        'DATA_FORMAT',
        `${this.#path}: expected elements of type 8 (unsigned byte), got ${type} (${elementTypes[type!]}); ${hint}`,
      );
    }
    if (dimensions !== this.#options.dimensions) {
      throw new DataError(
        'DATA_FORMAT',
        `${this.#path}: expected ${describeDimensions(this.#options.dimensions)}, got ` +
          `${describeDimensions(dimensions!)}; ${hint}`,
      );
    }
  }

  #truncated(got: number): DataError {
    const most = this.#compressed && got > this.#received ? 'at most ' : '';
    return new DataError(
      'DATA_TRUNCATED',
      `${this.#path}: expected ${this.#expected} bytes, got ${most}${got}; the file is incomplete: get it again`,
    );
  }

  #trailing(): DataError {
    const got = this.#compressed ? 'more' : `${this.#fileSize}`;
    return new DataError(
      'DATA_TRAILING',
      `${this.#path}: expected ${this.#expected} bytes, got ${got}; the header and the contents disagree: get it again`,
    );
  }
}

function describeDimensions(dimensions: number): string {
  const use = { 1: ' (labels)', 3: ' (images)' }[dimensions] ?? '';
  return `${dimensions} dimension${dimensions === 1 ? '' : 's'}${use}`;
}
