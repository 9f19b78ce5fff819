import { blend, blendConstant } from '../ops/blend.ts';
import { blendGrey } from '../ops/blend-grey.ts';
import { byteExtremes } from '../ops/byte-extremes.ts';
import { byteSum } from '../ops/byte-sum.ts';
import { copyRows } from '../ops/copy-rows.ts';
import { flipHorizontal, flipVertical } from '../ops/flip.ts';
import { desaturate, grey } from '../ops/grey.ts';
import { histogram } from '../ops/histogram.ts';
import { lookUp } from '../ops/look-up.ts';
import { normalise } from '../ops/normalise.ts';
import { posterize } from '../ops/posterize.ts';
import { affineBilinear, affineNearest, perspectiveBilinear, perspectiveNearest } from '../ops/resample.ts';
import { resizeColumns, resizeRows } from '../ops/resize.ts';
import { scaleBytes } from '../ops/scale-bytes.ts';
import { smooth } from '../ops/smooth.ts';
import { solarize, solarizeAdd } from '../ops/solarize.ts';
import { turnHue } from '../ops/turn-hue.ts';
import type { AbiCase, AbiRefusal } from './abi-case.ts';

const sizeOf = (c: Record<string, number>) => ({ height: c.height!, width: c.width!, channels: c.channels! });
const pixelwise = { regions: { x: 15, y: 15 }, bytes: ['x', 'y'], counts: { pixels: 5, channels: 3 } };
const sized = { regions: { x: 36, y: 36 }, bytes: ['x', 'y'], counts: { height: 3, width: 4, channels: 3 } };
const resampled = { ...sized, regions: { ...sized.regions, scratch: 8 }, doubles: ['scratch'] };
const places = (at: Record<string, number>) => ({ x: at.x!, y: at.y!, scratch: at.scratch! });
const taps = (at: Record<string, number>) => ({ bounds: at.bounds!, weights: at.weights!, taps: 3 });
const identity = [1, 0, 0, 0, 1, 0] as const;

export const abiPictureCases: readonly AbiCase[] = [
  { op: 'lookUp', ...pixelwise, regions: { x: 15, tables: 768, y: 15 }, bytes: ['x', 'tables', 'y'], call: ({ k }, at, c) => lookUp(k, at.x!, at.tables!, at.y!, c.pixels!, c.channels!) },
  { op: 'normalise', ...pixelwise, regions: { x: 15, tables: 768, y: 15 }, bytes: ['x'], apart: ['y', 'x', 'tables'], call: ({ k }, at, c) => normalise(k, at.x!, at.tables!, at.y!, c.pixels!, c.channels!) },
  { op: 'scaleBytes', ...pixelwise, regions: { x: 15, y: 15, scratch: 8 }, counts: { pixels: 5 }, call: ({ k }, at, c) => scaleBytes(k, at.x!, at.y!, c.pixels!, [[1, 2], [3, 4], [5, 6]], at.scratch!) },
  { op: 'histogram', ...pixelwise, regions: { x: 15, counts: 768, scratch: 2304 }, call: ({ k }, at, c) => histogram(k, at.x!, c.pixels!, c.channels!, at.counts!, at.scratch!) },
  { op: 'byteExtremes', ...pixelwise, call: ({ k }, at, c) => byteExtremes(k, at.x!, c.pixels!, c.channels!, at.y!), regions: { x: 15, y: 6 } },
  { op: 'byteSum', regions: { x: 15 }, bytes: ['x'], counts: { length: 15 }, call: ({ k }, at, c) => byteSum(k, at.x!, c.length!) },
  { op: 'solarize', ...pixelwise, call: ({ k }, at, c) => solarize(k, at.x!, at.y!, c.pixels!, c.channels!, 7) },
  { op: 'solarizeAdd', ...pixelwise, call: ({ k }, at, c) => solarizeAdd(k, at.x!, at.y!, c.pixels!, c.channels!, 7, 9) },
  { op: 'posterize', ...pixelwise, call: ({ k }, at, c) => posterize(k, at.x!, at.y!, c.pixels!, c.channels!, 4) },
  { op: 'blend', regions: { d: 15, x: 15, y: 15 }, bytes: ['d', 'x', 'y'], counts: { length: 15 }, call: ({ k }, at, c) => blend(k, at.d!, at.x!, at.y!, c.length!, 0.5) },
  { op: 'blendConstant', ...pixelwise, call: ({ k }, at, c) => blendConstant(k, 7, at.x!, at.y!, c.pixels!, c.channels!, 0.5) },
  { op: 'blendGrey', ...pixelwise, call: ({ k }, at, c) => blendGrey(k, at.x!, at.y!, c.pixels!, c.channels!, 0.5) },
  { op: 'turnHue', ...pixelwise, call: ({ k }, at, c) => turnHue(k, at.x!, at.y!, c.pixels!, c.channels!, 7) },
  { op: 'grey', ...pixelwise, regions: { x: 15, y: 5 }, call: ({ k }, at, c) => grey(k, at.x!, at.y!, c.pixels!, c.channels!) },
  { op: 'desaturate', ...pixelwise, call: ({ k }, at, c) => desaturate(k, at.x!, at.y!, c.pixels!, c.channels!) },
  { op: 'copyRows', regions: { x: 15, y: 15 }, bytes: ['x', 'y'], counts: { rows: 3, bytes: 5 }, call: ({ k }, at, c) => copyRows(k, at.x!, c.bytes!, at.y!, c.bytes!, c.rows!, c.bytes!) },
  { op: 'smooth', ...sized, call: ({ k }, at, c) => smooth(k, at.x!, at.y!, sizeOf(c)) },
  { op: 'flipVertical', ...sized, call: ({ k }, at, c) => flipVertical(k, at.x!, at.y!, sizeOf(c)) },
  { op: 'flipHorizontal', ...sized, call: ({ k }, at, c) => flipHorizontal(k, at.x!, at.y!, sizeOf(c)) },
  { op: 'affineBilinear', ...resampled, call: ({ k }, at, c) => affineBilinear(k, places(at), sizeOf(c), sizeOf(c), identity) },
  { op: 'affineNearest', ...resampled, call: ({ k }, at, c) => affineNearest(k, places(at), sizeOf(c), sizeOf(c), identity) },
  { op: 'affineNearest, turned', ...resampled, call: ({ k }, at, c) => affineNearest(k, places(at), sizeOf(c), sizeOf(c), [0.8, 0.6, 0, -0.6, 0.8, 0]) },
  { op: 'perspectiveBilinear', ...resampled, call: ({ k }, at, c) => perspectiveBilinear(k, places(at), sizeOf(c), sizeOf(c), [...identity, 0, 0]) },
  { op: 'perspectiveNearest', ...resampled, call: ({ k }, at, c) => perspectiveNearest(k, places(at), sizeOf(c), sizeOf(c), [...identity, 0, 0]) },
  { op: 'resizeRows', ...sized, regions: { x: 36, y: 36, bounds: 8, weights: 12 }, call: ({ k }, at, c) => resizeRows(k, at.x!, at.y!, sizeOf(c), 4, taps(at)) },
  { op: 'resizeColumns', ...sized, regions: { x: 36, y: 36, bounds: 6, weights: 9 }, call: ({ k }, at, c) => resizeColumns(k, at.x!, at.y!, sizeOf(c), 3, taps(at)) },
]; // biome-ignore format: a table

/** What is refused besides pointers and counts. */
export const abiPictureRefusals: readonly AbiRefusal[] = [
  ['grey: one channel', ({ k }, at) => grey(k, at, at, 1, 1)],
  ['lookUp: two channels', ({ k }, at) => lookUp(k, at, at, at, 1, 2)],
  ['byteExtremes: no pixels', ({ k }, at) => byteExtremes(k, at, 0, 1, at)],
  ['solarize: a threshold that is no byte', ({ k }, at) => solarize(k, at, at, 1, 1, 256)],
  ['solarizeAdd: an addition that is no byte', ({ k }, at) => solarizeAdd(k, at, at, 1, 1, 0, -1)],
  ['posterize: nine bits', ({ k }, at) => posterize(k, at, at, 1, 1, 9)],
  ['blend: an alpha that is not a number', ({ k }, at) => blend(k, at, at, at, 1, Number.NaN)],
  ['blendConstant: an alpha beyond int32', ({ k }, at) => blendConstant(k, 0, at, at, 1, 1, 1e7)],
  ['blendGrey: an alpha beyond int32', ({ k }, at) => blendGrey(k, at, at, 1, 3, -1e7)],
  ['turnHue: more than the wheel', ({ k }, at) => turnHue(k, at, at, 1, 3, 256)],
  ['scaleBytes: two channels', ({ k }, at) => scaleBytes(k, at, at, 1, [[1, 0], [1, 0]], at)],
  ['scaleBytes: a line that leaves int32', ({ k }, at) => scaleBytes(k, at, at, 1, [[1e7, 0]], at)],
  ['affineNearest: a coefficient that is not finite', ({ k }, at) => affineNearest(k, { x: at, y: at, scratch: at }, sizeOf({ height: 1, width: 1, channels: 1 }), sizeOf({ height: 1, width: 1, channels: 1 }), [Number.NaN, 0, 0, 0, 1, 0])],
  ['resizeRows: no taps', ({ k }, at) => resizeRows(k, at, at, sizeOf({ height: 1, width: 1, channels: 1 }), 1, { bounds: at, weights: at, taps: 0 })],
]; // biome-ignore format: a table
