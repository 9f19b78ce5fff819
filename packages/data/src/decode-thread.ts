/** What runs in a thread that decodes JPEGs into shared memory. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { jpegMostBytes } from '@lockstep/kernels';
import type { Image } from './image.ts';
import { decodeJpeg, type JpegOptions } from './jpeg/decode-jpeg.ts';
import { isJpeg } from './jpeg/header.ts';

export interface DecodeTask {
  /** Path of a file, or the bytes of one. */
  readonly source: string | Uint8Array;
  readonly options: JpegOptions;
  /** In shared memory. */
  readonly output: Image;
}

const port = parentPort!;

port.on('message', ({ source, options, output }: DecodeTask) => {
  const file = typeof source === 'string' ? readJpeg(source) : source;
  port.postMessage(file !== undefined && decodeJpeg(file, output, options));
});

/** The bytes of a file, if it is a JPEG: of another no more is read than that takes. */
function readJpeg(path: string): Uint8Array | undefined {
  try {
    const { size } = statSync(path);
    if (size > jpegMostBytes) return undefined;
    const file = openSync(path, 'r');
    try {
      const start = new Uint8Array(3);
      readSync(file, start, 0, 3, 0);
      if (!isJpeg(start)) return undefined;
      const bytes = new Uint8Array(size);
      return readSync(file, bytes, 0, size, 0) === size ? bytes : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined; // who decodes it otherwise says what is the matter with it
  }
}
