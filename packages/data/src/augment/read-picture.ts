import { sharpWithoutCache } from '../decode.ts';
import { DataError } from '../errors.ts';
import type { Image } from '../image.ts';

/**
 * Decodes a picture at its own size: RGB, or RGBA where it has opacity. Turned upright by EXIF and brought to sRGB; of an
 * animation, the first picture. sharp's guards stay on.
 *
 * @param name of the picture, for messages
 * @throws DataError `DATA_DECODE`
 */
export async function readPicture(bytes: Uint8Array, name: string): Promise<Image> {
  try {
    const open = await sharpWithoutCache();
    const { data, info } = await open(bytes, { autoOrient: true })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { height, width, channels } = info;
    if (channels === 3 || channels === 4) return { data, height, width, channels };
    return withColours(data, height, width, channels);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new DataError('DATA_DECODE', `${name}: expected a picture, it cannot be decoded: ${message}`, {
      cause: error,
    });
  }
}

/** Grey, with opacity or without, as RGB or RGBA. */
function withColours(grey: Uint8Array, height: number, width: number, from: number): Image {
  const channels = from === 1 ? 3 : 4;
  const data = new Uint8Array(height * width * channels);
  for (let pixel = 0; pixel < height * width; pixel++) {
    data.fill(grey[pixel * from]!, pixel * channels, pixel * channels + 3);
    if (channels === 4) data[pixel * 4 + 3] = grey[pixel * 2 + 1]!;
  }
  return { data, height, width, channels };
}
