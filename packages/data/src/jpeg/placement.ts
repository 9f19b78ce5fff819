import { roundHalfEven } from '../transforms/rounding.ts';

interface Size {
  readonly height: number;
  readonly width: number;
}

/** A rectangle of a picture. */
export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/** How a picture gets the size that is asked for: it is resized, a part of that is cut out, and put into a frame. */
export interface Placement {
  readonly resized: Size;
  readonly part: Rectangle;
  /** Where in the frame the part is. */
  readonly top: number;
  readonly left: number;
}

/**
 * Where a picture is to be in a frame: 'cover' as torchvision's `Resize` of the shorter side and `CenterCrop` (for a frame that is
 * not square, by the side that fits the tighter), 'contain' as Pillow's `ImageOps.pad`, 'fill' as `Image.resize`.
 */
export function placementOf(picture: Size, frame: Size, fit: 'contain' | 'cover' | 'fill'): Placement {
  if (fit === 'contain') {
    const isWider = picture.width / picture.height > frame.width / frame.height;
    const height = roundHalfEven((picture.height / picture.width) * frame.width);
    const width = roundHalfEven((picture.width / picture.height) * frame.height);
    // At least a pixel, at most the frame, whatever the divisions rounded to.
    const resized = {
      height: isWider ? Math.min(frame.height, Math.max(1, height)) : frame.height,
      width: isWider ? frame.width : Math.min(frame.width, Math.max(1, width)),
    };
    return {
      resized,
      part: { top: 0, left: 0, rows: resized.height, columns: resized.width },
      top: roundHalfEven((frame.height - resized.height) / 2),
      left: roundHalfEven((frame.width - resized.width) / 2),
    };
  }
  const [rows, columns] = [frame.height, frame.width];
  let resized = frame;
  if (fit === 'cover') {
    const isWider = picture.width * frame.height > picture.height * frame.width;
    resized = isWider
      ? { height: rows, width: Math.trunc((rows * picture.width) / picture.height) }
      : { height: Math.trunc((columns * picture.height) / picture.width), width: columns };
  }
  const [top, left] = [roundHalfEven((resized.height - rows) / 2), roundHalfEven((resized.width - columns) / 2)];
  return { resized, part: { top, left, rows, columns }, top: 0, left: 0 };
}
