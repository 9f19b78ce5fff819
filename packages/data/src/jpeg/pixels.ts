import {
  type Allocator,
  type JpegBlockSize,
  type JpegPlanes,
  type JpegScan,
  jpegCodeBytes,
  jpegCoefficients,
  jpegHuffmanTable,
  jpegInverseDct,
  jpegInverseDctScratchBytes,
  jpegPixels,
  jpegPixelsScratchBytes,
  jpegStateBytes,
  jpegStreamBytes,
  jpegTableBytes,
  jpegUnstuff,
  type Kernels,
} from '@lockstep/kernels';
import type { JpegHeader } from './header.ts';
import type { Rectangle } from './placement.ts';

/** A component as it is decoded: how large its blocks become, and where. */
interface Plane {
  readonly size: JpegBlockSize;
  /** Blocks of a unit. */
  readonly horizontal: number;
  readonly vertical: number;
  /** Where its first block is among those of a row of units. */
  readonly firstBlock: number;
  readonly quantisation: Int16Array;
  readonly quantisationAt: number;
  readonly at: number;
  readonly stride: number;
}

/** Where all is that the decoding of one picture needs. */
export interface JpegLayout {
  readonly header: JpegHeader;
  /** Of the picture: that of the file, divided by `reduction`. */
  readonly height: number;
  readonly width: number;
  readonly unitsAcross: number;
  readonly unitsDown: number;
  readonly planes: readonly Plane[];
  readonly file: number;
  readonly code: number;
  readonly coefficients: number;
  readonly extents: number;
  readonly scratch: number;
  readonly scan: JpegScan;
}

/**
 * Lays out what {@link decodePixels} needs.
 *
 * @param bytes of the file
 * @param reduction 1, or 2, 4 or 8 for a picture of a half, a quarter or an eighth
 */
export function layOutJpeg(layout: Allocator, header: JpegHeader, bytes: number, reduction: 1 | 2 | 4 | 8): JpegLayout {
  const { components } = header;
  const { horizontal, vertical } = components[0]!;
  const unitsAcross = Math.ceil(header.width / (8 * horizontal));
  const unitsDown = Math.ceil(header.height / (8 * vertical));
  const total = unitsAcross * unitsDown;
  const interval = header.interval || total;
  const segmentCount = Math.ceil(total / interval);
  const lumaSize = (8 / reduction) as JpegBlockSize;
  const [height, width] = [Math.ceil(header.height / reduction), Math.ceil(header.width / reduction)];
  let firstBlock = 0;
  const planes = components.map((component, i) => {
    // Where chroma is halved both across and down, libjpeg has the inverse DCT double it, as far as it goes.
    const isDoubled = i > 0 && horizontal === 2 && vertical === 2 && lumaSize < 8;
    const size = (isDoubled ? 2 * lumaSize : lumaSize) as JpegBlockSize;
    const stride = Math.ceil((unitsAcross * component.horizontal * size) / 16) * 16;
    const plane = {
      ...{ size, stride, horizontal: component.horizontal, vertical: component.vertical, firstBlock },
      quantisation: header.quantisation.get(component.quantisation)!,
      quantisationAt: layout.bytes(128),
      at: layout.bytes(stride * unitsDown * component.vertical * size),
    };
    firstBlock += unitsAcross * component.horizontal * component.vertical;
    return plane;
  });
  const scratch = Math.max(jpegInverseDctScratchBytes, jpegPixelsScratchBytes(width));
  return {
    ...{ header, height, width, unitsAcross, unitsDown, planes },
    file: layout.bytes(bytes),
    code: layout.bytes(jpegCodeBytes),
    coefficients: layout.bytes(128 * firstBlock),
    extents: layout.bytes(firstBlock),
    scratch: layout.bytes(scratch),
    scan: {
      stream: layout.bytes(jpegStreamBytes(bytes, segmentCount)),
      streamBytes: bytes + 32 * segmentCount,
      segments: layout.bytes(8 * segmentCount),
      state: layout.bytes(jpegStateBytes),
      tables: layout.bytes(8 * jpegTableBytes),
      ...{ segmentCount, interval, total, components, horizontal, vertical },
    },
  };
}

/**
 * Decodes a part of a JPEG to bytes [rows][columns][channels] at `y`: one channel of a grey one, else three. They are those of
 * libjpeg-turbo with its defaults, and with its `scale_denom` for a reduced picture. All of the file is read, so that damage is
 * found wherever it is; only what the part needs is more than that.
 *
 * @param part of the reduced picture, as it lies in the file
 * @returns whether the file is as it should be
 */
export function decodePixels(k: Kernels, at: JpegLayout, file: Uint8Array, part: Rectangle, y: number): boolean {
  const { header, scan, planes, unitsAcross, unitsDown } = at;
  const bytes = file.subarray(header.begin);
  k.u8.set(bytes, at.file);
  const end = jpegUnstuff(k, at.file, bytes.length, scan.stream, scan.segments, scan.segmentCount);
  if (end < 0 || bytes[end + 1] !== 0xd9) return false;
  for (const [place, code] of header.codes) {
    k.u8.fill(0, at.code, at.code + jpegCodeBytes);
    k.u8.set(code, at.code);
    if (!jpegHuffmanTable(k, at.code, scan.tables + place * jpegTableBytes)) return false;
  }
  for (const { quantisation, quantisationAt } of planes) {
    k.u8.set(new Uint8Array(quantisation.buffer), quantisationAt);
  }
  k.u8.fill(0, scan.state, scan.state + jpegStateBytes);

  // What is interpolated needs one sample of chroma more on each side.
  const { horizontal, vertical, size } = planes[0]!;
  const range = (begin: number, length: number, unit: number, most: number) => [
    Math.max(0, Math.floor((begin - 2) / unit)),
    Math.min(most, Math.ceil((begin + length + 2) / unit)),
  ];
  const [firstRow, lastRow] = range(part.top, part.rows, size * vertical, unitsDown) as [number, number];
  const [first, last] = range(part.left, part.columns, size * horizontal, unitsAcross) as [number, number];
  for (let row = 0; row < unitsDown; row++) {
    if (!jpegCoefficients(k, scan, unitsAcross, at.coefficients, at.extents)) return false;
    if (row < firstRow || row >= lastRow) continue;
    for (const plane of planes) inverseRow(k, at, plane, row, first, last);
  }
  writePart(k, at, part, y);
  return true;
}

/** The pixels of a component in units `first` … `last` of a row. */
function inverseRow(k: Kernels, at: JpegLayout, plane: Plane, row: number, first: number, last: number): void {
  const { size, horizontal, vertical, stride } = plane;
  for (let line = 0; line < vertical; line++) {
    const block = plane.firstBlock + (line * at.unitsAcross + first) * horizontal;
    const y = plane.at + (row * vertical + line) * size * stride + first * horizontal * size;
    jpegInverseDct(
      k,
      at.coefficients + 128 * block,
      at.extents + block,
      (last - first) * horizontal,
      plane.quantisationAt,
      y,
      stride,
      size,
      at.scratch,
    );
  }
}

/** Colours of the planes, or their one plane. */
function writePart(k: Kernels, { planes, height, width, scratch }: JpegLayout, part: Rectangle, y: number): void {
  const [luma, cb, cr] = planes as [Plane, Plane?, Plane?];
  if (cb === undefined || cr === undefined) {
    const from = luma.at + part.top * luma.stride + part.left;
    for (let row = 0; row < part.rows; row++) {
      const begin = from + row * luma.stride;
      k.u8.copyWithin(y + row * part.columns, begin, begin + part.columns);
    }
    return;
  }
  const isDoubled = cb.size > luma.size;
  const horizontal = isDoubled ? 1 : luma.horizontal;
  const colours: JpegPlanes = {
    ...{ height, width, luma: luma.at, lumaStride: luma.stride, cb: cb.at, cr: cr.at, chromaStride: cb.stride },
    ...{ horizontal, vertical: isDoubled ? 1 : luma.vertical },
    // libjpeg interpolates where blocks have more than a pixel, and rows more than two samples.
    fancy: luma.size > 1 && (horizontal === 1 || Math.ceil(width / 2) > 2),
  };
  jpegPixels(k, colours, part, y, scratch);
}
