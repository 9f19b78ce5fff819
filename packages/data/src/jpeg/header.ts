import { exifOrientation } from './exif.ts';
import { isSrgbProfile } from './icc.ts';

/** One of the planes that a JPEG is made of. */
export interface JpegComponent {
  /** Blocks of a unit, across and down. */
  readonly horizontal: number;
  readonly vertical: number;
  /** Which tables it takes, in 0..3. */
  readonly quantisation: number;
  readonly dc: number;
  readonly ac: number;
}

/** What there is to know of a JPEG before its pixels. */
export interface JpegHeader {
  readonly height: number;
  readonly width: number;
  /** One, grey; or three, Y, Cb and Cr. */
  readonly components: readonly JpegComponent[];
  /** As EXIF has it, in 1..8. */
  readonly orientation: number;
  /** int16 [64] of each quantisation table, in natural order. */
  readonly quantisation: ReadonlyMap<number, Int16Array>;
  /** The Huffman codes: 16 counts, then the symbols; those for AC at 4…7. */
  readonly codes: ReadonlyMap<number, Uint8Array>;
  /** Units between restart markers; 0 where there are none. */
  readonly interval: number;
  /** Where the data of the scan begins. */
  readonly begin: number;
}

/** Where the values of a quantisation table belong, in the order of the file (ITU-T T.81, figure A.6). */
const zigzag = Uint8Array.from(
  // biome-ignore format: eight a line
  [
    0, 1, 8, 16, 9, 2, 3, 10,
    17, 24, 32, 25, 18, 11, 4, 5,
    12, 19, 26, 33, 40, 48, 41, 34,
    27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36,
    29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46,
    53, 60, 61, 54, 47, 55, 62, 63,
  ],
);

/** Whether a file begins as a JPEG does. */
export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

/**
 * Reads the header of a JPEG (ITU-T T.81, annex B) of the kind that this package decodes by itself: baseline or extended
 * sequential, 8 bits, Huffman codes, grey or YCbCr in one scan, chroma at full size or halved across, down or both, without a
 * colour profile, or with one that says sRGB.
 *
 * @returns undefined for all else, and where anything is amiss
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const quantisation = new Map<number, Int16Array>();
  const codes = new Map<number, Uint8Array>();
  let frame: ReturnType<typeof readFrame>;
  let orientation: number | undefined;
  let interval = 0;
  if (!isJpeg(bytes)) return undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = view.getUint16(at);
    const end = at + 2 + view.getUint16(at + 2);
    if (end < at + 4 || end > bytes.length) return undefined;
    const segment = bytes.subarray(at + 4, end);
    at = end;
    switch (marker) {
      case 0xffc0: // baseline
      case 0xffc1: // extended sequential
        if (frame !== undefined) return undefined;
        frame = readFrame(segment);
        if (frame === undefined) return undefined;
        break;
      case 0xffc4:
        if (!readCodes(segment, codes)) return undefined;
        break;
      case 0xffdb:
        if (!readQuantisation(segment, quantisation)) return undefined;
        break;
      case 0xffdd:
        if (segment.length !== 2) return undefined;
        interval = segment[0]! * 256 + segment[1]!;
        break;
      case 0xffe0:
        if (startsWith(segment, 'JFIF\0') && segment[5] !== 1) return undefined; // of another version
        break;
      case 0xffe1: {
        if (!startsWith(segment, 'Exif')) break;
        if (orientation !== undefined || !startsWith(segment, 'Exif\0\0')) return undefined;
        orientation = exifOrientation(segment.subarray(6));
        if (orientation === undefined) return undefined;
        break;
      }
      case 0xffe2:
        if (startsWith(segment, 'ICC_PROFILE\0') && !isSrgbChunk(segment.subarray(12))) return undefined;
        break;
      case 0xffee:
        // The transform that it names is YCbCr.
        if (startsWith(segment, 'Adobe') && segment[11] !== 1) return undefined;
        break;
      case 0xffda: {
        const components = frame && readScan(segment, frame);
        if (components === undefined) return undefined;
        const complete = components.every(
          (c) => quantisation.has(c.quantisation) && codes.has(c.dc) && codes.has(4 + c.ac),
        );
        if (!complete) return undefined;
        const { height, width } = frame!;
        return { height, width, components, orientation: orientation ?? 1, quantisation, codes, interval, begin: at };
      }
      default: {
        const isApplicationOrComment = (marker >= 0xffe0 && marker <= 0xffef) || marker === 0xfffe;
        if (!isApplicationOrComment) return undefined;
      }
    }
  }
  return undefined;
}

/** Of one chunk of one: those of sRGB are no longer. */
const isSrgbChunk = (chunk: Uint8Array): boolean =>
  chunk[0] === 1 && chunk[1] === 1 && isSrgbProfile(chunk.subarray(2));

const startsWith = (segment: Uint8Array, text: string): boolean =>
  segment.length >= text.length && [...text].every((character, i) => segment[i] === character.charCodeAt(0));

/** B.2.2. */
function readFrame(segment: Uint8Array) {
  const [precision, count] = [segment[0], segment[5]!];
  if (precision !== 8 || (count !== 1 && count !== 3) || segment.length !== 6 + 3 * count) return undefined;
  const [height, width] = [segment[1]! * 256 + segment[2]!, segment[3]! * 256 + segment[4]!];
  const planes = Array.from({ length: count }, (_, i) => {
    const at = 6 + 3 * i;
    const [id, sampling, quantisation] = [segment[at]!, segment[at + 1]!, segment[at + 2]!];
    return { id, horizontal: sampling >> 4, vertical: sampling & 15, quantisation };
  });
  if (height === 0 || width === 0 || planes.some(({ quantisation }) => quantisation > 3)) return undefined;
  const [first, ...others] = planes as [(typeof planes)[number], ...typeof planes];
  const isTaken = ({ horizontal, vertical }: typeof first, most: number) =>
    horizontal >= 1 && horizontal <= most && vertical >= 1 && vertical <= most;
  if (count === 1) {
    // Of one component a unit is one block, whatever it says.
    if (!isTaken(first, 4)) return undefined;
    return { height, width, planes: [{ ...first, horizontal: 1, vertical: 1 }] };
  }
  const ids = String.fromCharCode(...planes.map(({ id }) => id));
  if (ids === 'RGB' || !isTaken(first, 2) || !others.every((plane) => isTaken(plane, 1))) return undefined;
  return { height, width, planes };
}

/** B.2.3. */
function readScan(segment: Uint8Array, { planes }: NonNullable<ReturnType<typeof readFrame>>) {
  const count = planes.length;
  if (segment.length !== 4 + 2 * count || segment[0] !== count) return undefined;
  const [first, last, approximation] = segment.subarray(1 + 2 * count);
  if (first !== 0 || last !== 63 || approximation !== 0) return undefined;
  const components = planes.map(({ id, ...plane }, i) => {
    const [wanted, tables] = [segment[1 + 2 * i]!, segment[2 + 2 * i]!];
    return { ...plane, isHere: wanted === id, dc: tables >> 4, ac: tables & 15 };
  });
  const areTaken = components.every(({ isHere, dc, ac }) => isHere && dc <= 3 && ac <= 3);
  return areTaken ? components : undefined;
}

/** B.2.4.1; of 8 bits. */
function readQuantisation(segment: Uint8Array, tables: Map<number, Int16Array>): boolean {
  if (segment.length % 65 !== 0) return false;
  for (let at = 0; at < segment.length; at += 65) {
    const place = segment[at]!;
    if (place > 3) return false;
    const table = new Int16Array(64);
    for (let i = 0; i < 64; i++) table[zigzag[i]!] = segment[at + 1 + i]!;
    tables.set(place, table);
  }
  return true;
}

/** B.2.4.2. */
function readCodes(segment: Uint8Array, codes: Map<number, Uint8Array>): boolean {
  for (let at = 0; at < segment.length; ) {
    const place = segment[at]!;
    const counts = segment.subarray(at + 1, at + 17);
    const symbols = counts.reduce((sum, count) => sum + count, 0);
    const end = at + 17 + symbols;
    if (end > segment.length || symbols > 256 || (place & 15) > 3 || place >> 4 > 1) return false;
    const isDc = place >> 4 === 0;
    if (isDc && segment.subarray(at + 17, end).some((symbol) => symbol > 15)) return false;
    codes.set((isDc ? 0 : 4) + (place & 15), segment.subarray(at + 1, end));
    at = end;
  }
  return true;
}
