import { addBias } from '../ops/add-bias.ts';
import { copyColumns } from '../ops/copy-columns.ts';
import { transposePlanes } from '../ops/flatten.ts';
import { matmul, matmulScratchFloats } from '../ops/matmul.ts';
import { multiply, multiplyChannels, multiplyChannelsGradient } from '../ops/multiply.ts';
import { add, columnSums, treeSum } from '../ops/reduce.ts';
import type { AbiCase, AbiRefusal } from './abi-case.ts';
import { arenaOf } from './arena.ts';

export const abiTensorCases: readonly AbiCase[] = [
  {
    op: 'multiply',
    regions: { a: 9, b: 9, y: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => multiply(k, at.a!, at.b!, at.y!, c.length!),
  },
  {
    op: 'multiplyChannels',
    regions: { x: 30, scale: 10, y: 30 },
    counts: { images: 2, pixels: 3, channels: 5 },
    call: ({ k }, at, c) => multiplyChannels(k, at.x!, at.scale!, at.y!, c.images!, c.pixels!, c.channels!),
  },
  {
    op: 'multiplyChannelsGradient',
    regions: { x: 30, dy: 30, dscale: 10 },
    counts: { images: 2, pixels: 3, channels: 5 },
    call: ({ k }, at, c) => multiplyChannelsGradient(k, at.x!, at.dy!, at.dscale!, c.images!, c.pixels!, c.channels!),
  },
  {
    op: 'copyColumns',
    regions: { from: 17, to: 19 },
    counts: { rows: 3, columns: 5, fromStride: 6, toStride: 7 },
    free: ['fromStride', 'toStride'],
    call: ({ k }, at, c) => copyColumns(k, at.from!, c.fromStride!, at.to!, c.toStride!, c.rows!, c.columns!),
  },
  {
    op: 'add',
    regions: { left: 9, right: 9 },
    counts: { length: 9 },
    call: ({ k }, at, c) => add(k, at.left!, at.right!, c.length!),
  },
  {
    op: 'treeSum',
    regions: { rows: 8, merges: 1, out: 8 },
    counts: { count: 1, length: 8 },
    call: ({ k }, at, c) => treeSum(k, at.rows!, c.count!, c.length!, at.merges!, at.out!),
  },
  {
    op: 'addBias',
    regions: { y: 15, bias: 5 },
    apart: ['y', 'bias'],
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => addBias(k, at.y!, at.bias!, c.rows!, c.channels!),
  },
  {
    op: 'columnSums',
    regions: { x: 15, out: 5 },
    counts: { rows: 3, channels: 5 },
    call: ({ k }, at, c) => columnSums(k, at.x!, c.rows!, c.channels!, at.out!),
  },
  {
    op: 'transposePlanes',
    regions: { x: 30, y: 30 },
    apart: ['y', 'x'],
    counts: { images: 2, pixels: 3, channels: 5 },
    call: ({ k }, at, c) => transposePlanes(k, at.x!, at.y!, c.images!, c.pixels!, c.channels!),
  },
  {
    op: 'matmul',
    regions: { a: 6, b: 15, c: 10, scratch: matmulScratchFloats(arenaOf('default').k, { rows: 2, depth: 3, columns: 5 }) },
    apart: ['c', 'a', 'b'],
    counts: { rows: 2, depth: 3, columns: 5 },
    call: ({ k }, at, { rows, depth, columns }) => {
      const size = { rows: rows!, depth: depth!, columns: columns! };
      matmul(k, at.a!, at.b!, at.c!, size, at.scratch!);
    },
  },
]; // biome-ignore format: a table

/** What is refused besides pointers and counts. */
export const abiTensorRefusals: readonly AbiRefusal[] = [
  ['treeSum: a length that is no multiple of 4', ({ k }, at) => treeSum(k, at, 1, 6, at, at)],
  ['copyColumns: rows that overlap', ({ k }, at) => copyColumns(k, at, 2, at, 3, 1, 3)],
  ['matmul: no depth', ({ k }, at) => matmul(k, at, at, at, { rows: 1, depth: 0, columns: 1 }, at)],
]; // biome-ignore format: a table
