import { decodeImage } from '../decode.ts';
import { DataError } from '../errors.ts';
import type { Image } from '../image.ts';
import { pictureFiles } from './picture-files.ts';

/** Pixels of a side, and pictures at most: 1,000 have 197 MB. */
const side = 256;
const most = 1000;

/**
 * The pictures of a folder as PixMix's mixing set: squares of 256 pixels out of the middle, RGB. Of more than 1,000 pictures so many
 * are taken, equally far from each other in the order of names.
 *
 * @throws DataError as `decodeImage`; `DATA_NOT_FOUND` where there is no picture
 */
export async function loadMixingSet(folder: string): Promise<Image[]> {
  const files = await pictureFiles(folder);
  if (files.length === 0) {
    throw new DataError('DATA_NOT_FOUND', `${folder}: expected pictures to mix in, there are none; check the path`);
  }
  const count = Math.min(most, files.length);
  const pictures: Image[] = [];
  for (let i = 0; i < count; i++) {
    const { path, error } = files[Math.floor((i * files.length) / count)]!;
    if (error) throw error;
    pictures.push(await decodeImage(path, { height: side, width: side, channels: 3, fit: 'cover' }));
  }
  return pictures;
}
