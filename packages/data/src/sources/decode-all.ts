import { availableParallelism, totalmem } from 'node:os';
import { createDataset, type ImageDataset, sharedLabels } from '../dataset.ts';
import { decodeImage } from '../decode.ts';
import { DataError } from '../errors.ts';
import { ChannelHistogram } from '../normalisation.ts';
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

/** Of how many batches a streamed data set has slots, besides those of the pictures that stay. */
const batchesAhead = 8;

/**
 * Decodes pictures into shared memory, some at a time: as many as there are cores, so that no more than that are open and
 * uncompressed at once. The samples have the order of the list, whatever the order in which they are done.
 *
 * With `options.stream`, of pictures that take more memory than they may as many stay as there is room for. The others are
 * looked through all the same, for what is broken and for the statistics.
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
  const { images, resident } = reserve(name, pictures.length, [height, width, channels], options);
  const histogram = resident < pictures.length ? new ChannelHistogram(channels) : undefined;
  const broken: (DataError | undefined)[] = pictures.map(() => undefined);
  const { limitInputPixels } = options;
  const background = [...(options.background ?? [0, 0, 0])] as const;
  let done = 0;
  await forEachBounded(pictures.length, availableParallelism(), async (i) => {
    options.signal?.throwIfAborted();
    const { source, name } = pictures[i]!;
    try {
      const { data } = await decodeImage(source, { height, width, channels, fit, background, limitInputPixels, name });
      if (i < resident) images.set(data, i * size);
      histogram?.add(data);
    } catch (error) {
      if (!(error instanceof DataError) || onBroken === 'error') throw error;
      broken[i] = error;
    }
    done++;
    options.onProgress?.({ name, unit: 'pictures', done, total: pictures.length });
  });
  const errors = broken.filter((error) => error !== undefined);
  if (errors.length > 0) settleBroken(name, errors, pictures.length, options);
  const isKept = (_: unknown, i: number): boolean => broken[i] === undefined;
  const kept = pictures.filter(isKept);
  const labels = kept.map(({ label }) => label);
  const parts = { name, classes, height, width, channels };
  if (histogram) {
    const slots = new Int32Array(new SharedArrayBuffer(4 * kept.length));
    slots.set(pictures.map((_, i) => (i < resident ? i : -1)).filter(isKept));
    return {
      ...parts,
      classes: [...classes],
      length: kept.length,
      images,
      labels: sharedLabels(name, labels, classes.length),
      ...{ fit, background, statistics: histogram.statistics() },
      streamed: {
        slots,
        sources: kept.map(({ source }) => source),
        names: kept.map((picture) => picture.name),
        limitInputPixels,
      },
    };
  }
  const length = closeGaps(images, size, (i) => broken[i] === undefined, pictures.length);
  return { ...createDataset({ ...parts, images: images.subarray(0, length * size), labels }), fit, background };
}

/**
 * Memory for all pictures, or for as many as the limit allows where others may be streamed.
 *
 * @returns the memory, and how many pictures are to stay in it
 * @throws DataError that says what would help
 */
function reserve(
  name: string,
  count: number,
  shape: readonly [height: number, width: number, channels: number],
  { memoryLimit = totalmem() / 2, stream }: LoadOptions,
): { readonly images: Uint8Array<SharedArrayBuffer>; readonly resident: number } {
  const size = shape.reduce((product, side) => product * side, 1);
  const gibibytes = (value: number): string => `${(value / 2 ** 30).toPrecision(3)} GiB`;
  const advice = 'ask for smaller pictures or fewer of them, or raise the memory limit';
  const needs = `data set ${name}: ${count} pictures of ${shape.join('×')} take ${gibibytes(count * size)} when decoded`;
  if (!shape.every((side) => Number.isInteger(side) && side >= 1)) {
    throw new DataError('DATA_LIMIT', `data set ${name}: expected a size of positive integers, got ${shape.join('×')}`);
  }
  const slots = Math.min(count, Math.floor(memoryLimit / size));
  if (slots < count && stream === undefined) {
    throw new DataError('DATA_MEMORY', `${needs}, which is above the limit of ${gibibytes(memoryLimit)}: ${advice}`);
  }
  if (slots < count && slots < stream!.batch) {
    throw new DataError(
      'DATA_MEMORY',
      `data set ${name}: expected memory for a batch of ${stream!.batch} pictures of ${shape.join('×')} at least, ` +
        `${gibibytes(stream!.batch * size)}, got a limit of ${gibibytes(memoryLimit)}: raise it, or use smaller batches or pictures`,
    );
  }
  try {
    const images = new Uint8Array(new SharedArrayBuffer(slots * size));
    return { images, resident: slots < count ? Math.max(0, slots - batchesAhead * stream!.batch) : count };
  } catch (cause) {
    throw new DataError('DATA_MEMORY', `${needs}, of which the system does not give ${gibibytes(slots * size)}: ${advice}`, { cause }); // biome-ignore format: one line
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
