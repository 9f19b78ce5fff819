import { availableParallelism } from 'node:os';
import { createDataset, type ImageDataset, sharedLabels } from '../dataset.ts';
import { decodeInto } from '../decode.ts';
import { DataError } from '../errors.ts';
import { ChannelHistogram } from '../normalisation.ts';
import { defaultMemoryLimit, gibibytes } from '../picture-memory.ts';
import { forEachBounded } from './for-each-bounded.ts';
import type { LoadOptions } from './source.ts';
import { fingerprintOf } from './survey.ts';

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
 * looked through all the same, for what is broken and for the statistics, unless `options.survey` knows that.
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
  const isStreamed = resident < pictures.length;
  const { limitInputPixels } = options;
  const background = [...(options.background ?? [0, 0, 0])] as const;
  const become = { height, width, channels, fit, background, limitInputPixels };
  // What JPEGs become was something else before they were decoded as Pillow does.
  const fingerprint = isStreamed ? await fingerprintOf(pictures, { ...become, jpegs: 'as Pillow' }) : '';
  const known = isStreamed && options.survey?.fingerprint === fingerprint ? options.survey : undefined;
  const broken = new Map<number, DataError | undefined>(known?.broken.map((i) => [i, undefined]));
  const wanted = pictures.map((_, i) => i).filter((i) => !known || (i < resident && !broken.has(i)));
  const histogram = new ChannelHistogram(channels);
  let done = 0;
  await forEachBounded(wanted.length, availableParallelism(), async (at) => {
    options.signal?.throwIfAborted();
    const i = wanted[at]!;
    const { source, name } = pictures[i]!;
    try {
      const data = await decodeInto(source, { ...become, name }, () =>
        i < resident ? images.subarray(i * size, (i + 1) * size) : new Uint8Array(new SharedArrayBuffer(size)),
      );
      if (isStreamed) histogram.add(data);
    } catch (error) {
      const isOfPicture = error instanceof DataError && error.code !== 'DATA_THREAD';
      if (!isOfPicture || onBroken === 'error' || known) throw error;
      broken.set(i, error);
    }
    done++;
    options.onProgress?.({ name, unit: 'pictures', done, total: wanted.length });
  });
  const places = [...broken.keys()].sort((a, b) => a - b);
  if (places.length > 0)
    settleBroken(
      name,
      places.map((i) => broken.get(i)),
      pictures.length,
      options,
    );
  const isKept = (_: unknown, i: number): boolean => !broken.has(i);
  const kept = pictures.filter(isKept);
  const labels = kept.map(({ label }) => label);
  const parts = { name, classes, height, width, channels };
  if (!isStreamed) {
    const length = closeGaps(images, size, (i) => !broken.has(i), pictures.length);
    return { ...createDataset({ ...parts, images: images.subarray(0, length * size), labels }), fit, background };
  }
  const slots = new Int32Array(new SharedArrayBuffer(4 * kept.length));
  slots.set(pictures.map((_, i) => (i < resident ? i : -1)).filter(isKept));
  const statistics = known?.statistics ?? histogram.statistics();
  return {
    ...parts,
    classes: [...classes],
    length: kept.length,
    images,
    labels: sharedLabels(name, labels, classes.length),
    ...{ fit, background, statistics },
    streamed: {
      slots,
      resident: slots.filter((slot) => slot >= 0).length,
      sources: kept.map(({ source }) => source),
      names: kept.map((picture) => picture.name),
      limitInputPixels,
      survey: { fingerprint, broken: places, statistics },
    },
  };
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
  { memoryLimit = defaultMemoryLimit(), stream }: LoadOptions,
): { readonly images: Uint8Array<SharedArrayBuffer>; readonly resident: number } {
  const size = shape.reduce((product, side) => product * side, 1);
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

/**
 * Says which pictures are broken: in a warning if they may be left out and there are others, else in an error. Of those that are
 * known from before, only how many there are.
 */
function settleBroken(
  name: string,
  broken: readonly (DataError | undefined)[],
  total: number,
  options: LoadOptions,
): void {
  const errors = broken.filter((error) => error !== undefined);
  const lines = errors.slice(0, mostNamed).map(({ message }) => `\n  ${message}`);
  if (errors.length > mostNamed) lines.push(`\n  and ${errors.length - mostNamed} more`);
  const text = `data set ${name}: ${broken.length} of ${total} pictures cannot be decoded`;
  if (options.onBroken !== 'skip' || broken.length === total) {
    throw new DataError('DATA_BROKEN', `${text}; mend or remove them, or have them skipped:${lines.join('')}`, {
      cause: errors[0],
    });
  }
  warn(options, `${text}, and are left out${errors.length > 0 ? ':' : ''}${lines.join('')}`);
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
