import { jpegCoefficients } from '../ops/jpeg-coefficients.ts';
import { jpegHuffmanTable } from '../ops/jpeg-huffman-table.ts';
import { jpegInverseDct } from '../ops/jpeg-inverse-dct.ts';
import { jpegPixels } from '../ops/jpeg-pixels.ts';
import { jpegUnstuff } from '../ops/jpeg-unstuff.ts';
import type { AbiCase, AbiRefusal } from './abi-case.ts';

const scanOf = (at: Record<string, number>) => ({
  ...{ stream: at.stream!, segments: at.segments!, state: at.state!, tables: at.tables! },
  ...{ streamBytes: 16, segmentCount: 1, interval: 4, total: 4, horizontal: 2, vertical: 2 },
  components: [0, 1, 1].map((table) => ({ dc: table, ac: table })),
});
const planesOf = (at: Record<string, number>, { height, width }: Record<string, number>) => ({
  ...{ height: height!, width: width!, luma: at.luma!, lumaStride: 6, cb: at.cb!, cr: at.cr!, chromaStride: 3 },
  ...{ horizontal: 2, vertical: 2, fancy: true },
});
const pixel = { top: 0, left: 0, rows: 1, columns: 1 };

export const abiJpegCases: readonly AbiCase[] = [
  { op: 'jpegUnstuff', regions: { x: 16, y: 532, segments: 4 }, bytes: ['x'], counts: { length: 16, count: 2 }, call: ({ k }, at, c) => void jpegUnstuff(k, at.x!, c.length!, at.y!, at.segments!, c.count!) },
  { op: 'jpegHuffmanTable', regions: { code: 272, table: 1136 }, bytes: ['code'], counts: {}, call: ({ k }, at) => void jpegHuffmanTable(k, at.code!, at.table!) },
  { op: 'jpegCoefficients', regions: { stream: 516, segments: 2, state: 16, tables: 9088, x: 384, extents: 12 }, doubles: ['state'], bytes: ['extents'], counts: { streamBytes: 16, units: 2 }, call: ({ k }, at, c) => void jpegCoefficients(k, { ...scanOf(at), streamBytes: c.streamBytes! }, c.units!, at.x!, at.extents!) },
  { op: 'jpegInverseDct', regions: { x: 64, extents: 2, quantisation: 32, y: 136, scratch: 32 }, bytes: ['extents', 'y'], counts: { blocks: 2, stride: 17 }, free: ['stride'], call: ({ k }, at, c) => jpegInverseDct(k, at.x!, at.extents!, c.blocks!, at.quantisation!, at.y!, c.stride!, 8, at.scratch!) },
  { op: 'jpegPixels', regions: { luma: 30, cb: 9, cr: 9, y: 12, scratch: 548 }, bytes: ['luma', 'cb', 'cr', 'y', 'scratch'], counts: { height: 5, width: 6, rows: 2, columns: 2 }, call: ({ k }, at, c) => jpegPixels(k, planesOf(at, c), { top: 1, left: 1, rows: c.rows!, columns: c.columns! }, at.y!, at.scratch!) },
]; // biome-ignore format: a table

/** What is refused besides pointers and counts. */
export const abiJpegRefusals: readonly AbiRefusal[] = [
  ['jpegUnstuff: what overlaps', ({ k }, at) => jpegUnstuff(k, at + 4, 4, at, at, 1)],
  ['jpegCoefficients: two components', ({ k }, at) => jpegCoefficients(k, { ...scanOf({}), components: [{ dc: 0, ac: 0 }, { dc: 0, ac: 0 }] }, 1, at, at)],
  ['jpegCoefficients: a fifth table', ({ k }, at) => jpegCoefficients(k, { ...scanOf({}), components: [{ dc: 4, ac: 0 }] }, 1, at, at)],
  ['jpegCoefficients: three blocks across', ({ k }, at) => jpegCoefficients(k, { ...scanOf({}), horizontal: 3 }, 1, at, at)],
  ['jpegCoefficients: fewer segments than intervals', ({ k }, at) => jpegCoefficients(k, { ...scanOf({}), interval: 2 }, 1, at, at)],
  ['jpegInverseDct: blocks of 3 pixels', ({ k }, at) => jpegInverseDct(k, at, at, 1, at, at, 8, 3 as 2, at)],
  ['jpegInverseDct: rows shorter than the blocks', ({ k }, at) => jpegInverseDct(k, at, at, 2, at, at, 15, 8, at)],
  ['jpegPixels: chroma of a third', ({ k }, at) => jpegPixels(k, { ...planesOf({}, { height: 3, width: 3 }), horizontal: 3 }, pixel, at, at)],
  ['jpegPixels: a part that lies outside', ({ k }, at) => jpegPixels(k, planesOf({}, { height: 3, width: 3 }), { ...pixel, left: 2, columns: 2 }, at, at)],
  ['jpegPixels: rows of chroma that are too short', ({ k }, at) => jpegPixels(k, { ...planesOf({}, { height: 3, width: 6 }), chromaStride: 2 }, pixel, at, at)],
]; // biome-ignore format: a table
