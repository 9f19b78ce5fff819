import type { ReportPicture } from './data.ts';

/** Longest side of a picture in the report: larger ones are made smaller, since a photograph's PNG is large. */
export const longestSide = 160;

/** A picture ready for the page. */
export interface PngPicture {
  /** `data:` address of a PNG. */
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

/** Makes PNGs. Made by {@link loadPngEncoder}. */
export type PngEncoder = (picture: ReportPicture) => Promise<PngPicture>;

/** The bytes as sharp takes them, grey, RGB or RGBA. Copied: sharp takes no shared memory, and the data cache is shared. */
function visibleChannels(picture: ReportPicture): { bytes: Uint8Array; channels: 1 | 3 | 4 } {
  const { data, channels } = picture;
  if (channels === 1 || channels === 3 || channels === 4) return { bytes: Uint8Array.from(data), channels };
  const shown = channels === 2 ? 1 : 3;
  const bytes = new Uint8Array((data.length / channels) * shown);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = data[Math.floor(i / shown) * channels + (i % shown)] ?? 0;
  }
  return { bytes, channels: shown };
}

/**
 * Loads sharp; late, since a training worker may have no use for it. Pictures of up to {@link longestSide} keep their
 * pixels exactly (the page enlarges them without smoothing), larger ones are scaled down.
 */
export async function loadPngEncoder(): Promise<PngEncoder> {
  const { default: sharp } = await import('sharp');
  return async (picture) => {
    const { width, height } = picture;
    const { bytes, channels } = visibleChannels(picture);
    const raw = sharp(bytes, { raw: { width, height, channels } });
    const sized =
      Math.max(width, height) > longestSide
        ? raw.resize({ width: longestSide, height: longestSide, fit: 'inside' })
        : raw;
    const coloured = channels === 1 ? sized.toColourspace('b-w') : sized;
    const { data, info } = await coloured.png({ compressionLevel: 9 }).toBuffer({ resolveWithObject: true });
    return { source: `data:image/png;base64,${data.toString('base64')}`, width: info.width, height: info.height };
  };
}
