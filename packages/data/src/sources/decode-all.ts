import { availableParallelism, totalmem } from 'node:os';
import type { ImageDataset } from '../dataset.ts';
import { createDataset } from '../dataset.ts';
import { decodeImage } from '../decode.ts';
import { DataError } from '../errors.ts';
import type { LoadOptions } from './source.ts';

/** A picture that has yet to be decoded. */
export interface EncodedPicture {
  /** For messages. */
  readonly name: string;
  /** Path of a file, or the bytes of one. */
  readonly source: string | Uint8Array;
  readonly label: number;
}

/** Pixels a side where nobody chose. */
const defaultSize = 64;

/** How many broken pictures a message names. */
const mostNamed = 20;

/**
 * Decodes pictures into shared memory, some at a time: as many as there are cores, so that no more than that are open and
 * uncompressed at once. The samples have the order of the list, whatever the order in which they are done.
 *
 * @throws DataError `DATA_MEMORY` where the result would be larger than the limit, before anything is decoded; what
 *   `decodeImage` throws of a broken picture, or `DATA_BROKEN` that names all; the reason of the signal
 */
export async function decodeAll(
  name: string,
  classes: readonly string[],
  pictures: readonly EncodedPicture[],
  options: LoadOptions,
): Promise<ImageDataset> {
  const { height = defaultSize, width = defaultSize, channels = 3, fit = 'cover', onBroken = 'error' } = options;
  const size = height * width * channels;
  const images = reserve(name, pictures.length, [height, width, channels], options.memoryLimit ?? totalmem() / 2);
  const broken: (DataError | undefined)[] = pictures.map(() => undefined);
  const { background, limitInputPixels } = options;
  let done = 0;
  await forEachBounded(pictures.length, availableParallelism(), async (i) => {
    options.signal?.throwIfAborted();
    const { source, name } = pictures[i]!;
    try {
      const decoded = await decodeImage(source, { height, width, channels, fit, background, limitInputPixels, name });
      images.set(decoded.data, i * size);
    } catch (error) {
      if (!(error instanceof DataError) || onBroken === 'error') throw error;
      broken[i] = error;
    }
    done++;
    options.onProgress?.({ name, unit: 'pictures', done, total: pictures.length });
  });
  const errors = broken.filter((error) => error !== undefined);
  if (errors.length > 0) settleBroken(name, errors, pictures.length, options);
  const kept = pictures.filter((_, i) => broken[i] === undefined);
  const length = closeGaps(images, size, (i) => broken[i] === undefined, pictures.length);
  return {
    ...createDataset({
      name,
      classes,
      height,
      width,
      channels,
      images: images.subarray(0, length * size),
      labels: kept.map(({ label }) => label),
    }),
    fit,
    background: [...(background ?? [0, 0, 0])] as const,
  };
}

/** Memory for all pictures, or an error that says what would help. */
function reserve(
  name: string,
  count: number,
  shape: readonly [height: number, width: number, channels: number],
  limit: number,
): Uint8Array<SharedArrayBuffer> {
  const bytes = shape.reduce((product, size) => product * size, count);
  const gibibytes = (value: number): string => `${(value / 2 ** 30).toPrecision(3)} GiB`;
  const advice = 'ask for smaller pictures or fewer of them, or raise the memory limit';
  const needs = `data set ${name}: ${count} pictures of ${shape.join('×')} take ${gibibytes(bytes)} when decoded`;
  if (!shape.every((size) => Number.isInteger(size) && size >= 1)) {
    throw new DataError('DATA_LIMIT', `data set ${name}: expected a size of positive integers, got ${shape.join('×')}`);
  }
  if (bytes > limit) {
    throw new DataError('DATA_MEMORY', `${needs}, which is above the limit of ${gibibytes(limit)}: ${advice}`);
  }
  try {
    return new Uint8Array(new SharedArrayBuffer(bytes));
  } catch (cause) {
    throw new DataError('DATA_MEMORY', `${needs}, which the system does not give: ${advice}`, { cause });
  }
}

/** Says which pictures are broken: in a warning if they may be left out and there are others, else in an error. */
function settleBroken(name: string, errors: readonly DataError[], total: number, options: LoadOptions): void {
  const lines = errors.slice(0, mostNamed).map(({ message }) => `\n  ${message}`);
  if (errors.length > mostNamed) lines.push(`\n  and ${errors.length - mostNamed} more`);
  const text = `data set ${name}: ${errors.length} of ${total} pictures cannot be decoded`;
  if (options.onBroken !== 'skip' || errors.length === total) {
    throw new DataError('DATA_BROKEN', `${text}; mend or remove them, or have them skipped:${lines.join('')}`, {
      cause: errors[0],
    });
  }
  warn(options, `${text}, and are left out:${lines.join('')}`);
}

export function warn({ onWarning }: Pick<LoadOptions, 'onWarning'>, message: string): void {
  if (onWarning) onWarning(message);
  else process.emitWarning(message);
}

/** Moves the samples that are kept to the front, in their order. @returns how many there are */
function closeGaps(images: Uint8Array, size: number, keep: (index: number) => boolean, count: number): number {
  let length = 0;
  for (let i = 0; i < count; i++) {
    if (!keep(i)) continue;
    if (length < i) images.copyWithin(length * size, i * size, (i + 1) * size);
    length++;
  }
  return length;
}

/** Does a task for 0..count − 1, at most `parallel` at a time. The first failure ends it, once those under way have ended. */
async function forEachBounded(count: number, parallel: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < count && !failed) {
      try {
        await task(next++);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(parallel, count) }, lane));
  const failure = lanes.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}
