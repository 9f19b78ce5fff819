import {
  addProduct4, addProduct8, addProduct16, outer4, outer8, outer16, outerPlanes8, outerPlanes16, outerShards4, outerShards8, outerShards16, panel4, panel8, panel16, PANEL_WIDTH, product4, product8, product16,
} from './tiles';

/** Lanes of the panel at channel k of `channels`: the widest that is not mostly empty. The packing of weights agrees. */
export function panelLanes(k: i32, channels: i32): i32 {
  const left = channels - k;
  if (PANEL_WIDTH == 16 && left > 8) return 16;
  return left > 4 ? 8 : 4;
}

/** One panel of `lanes` channels over some output pixels. */
// @ts-ignore: decorator
@inline
export function panel(lanes: i32, g: usize, x: usize, packed: usize, bias: usize, y: usize, column: i32, row: i32, pixels: i32, used: i32, least: f32): void {
  if (lanes == 16) panel16(g, x, packed, bias, y, column, row, pixels, used, least);
  else if (lanes == 8) panel8(g, x, packed, bias, y, column, row, pixels, used, least);
  else panel4(g, x, packed, bias, y, column, row, pixels, used, least);
}

/** One panel of `lanes` channels of a matrix product, over some rows; if `more`, added to what is there. */
// @ts-ignore: decorator
@inline
export function product(lanes: i32, x: usize, xRow: usize, packed: usize, y: usize, yRow: usize, rows: i32, depth: i32, more: bool): void {
  if (more) {
    if (lanes == 16) addProduct16(x, xRow, packed, y, yRow, rows, depth);
    else if (lanes == 8) addProduct8(x, xRow, packed, y, yRow, rows, depth);
    else addProduct4(x, xRow, packed, y, yRow, rows, depth);
  } else if (lanes == 16) product16(x, xRow, packed, y, yRow, rows, depth);
  else if (lanes == 8) product8(x, xRow, packed, y, yRow, rows, depth);
  else product4(x, xRow, packed, y, yRow, rows, depth);
}

/** One tile of six input values by `lanes` channels, summed over some pixels. */
// @ts-ignore: decorator
@inline
export function outer(lanes: i32, a: usize, b: usize, from: usize, to: usize, addend: usize, columns: i32, rows: i32, images: i32, aPixel: usize, aRow: usize, aImage: usize, bPixel: usize, bRow: usize, bImage: usize): void {
  if (lanes == 16) outer16(a, b, from, to, addend, columns, rows, images, aPixel, aRow, aImage, bPixel, bRow, bImage);
  else if (lanes == 8) outer8(a, b, from, to, addend, columns, rows, images, aPixel, aRow, aImage, bPixel, bRow, bImage);
  else outer4(a, b, from, to, addend, columns, rows, images, aPixel, aRow, aImage, bPixel, bRow, bImage);
}

/** One tile of six input values by `lanes` channels, summed over the pairs of some shards. */
// @ts-ignore: decorator
@inline
export function outerShards(lanes: i32, records: usize, shards: i32, a: usize, b: usize, imagePairs: i32, stack: usize, to: usize, toRow: usize): void {
  if (lanes == 16) outerShards16(records, shards, a, b, imagePairs, stack, to, toRow);
  else if (lanes == 8) outerShards8(records, shards, a, b, imagePairs, stack, to, toRow);
  else outerShards4(records, shards, a, b, imagePairs, stack, to, toRow);
}

/** One tile of six input values by `lanes` channels, 8 or 16, summed over some pixels in each of 36 planes. */
// @ts-ignore: decorator
@inline
export function outerPlanes(lanes: i32, a: usize, b: usize, to: usize, count: i32, aPixel: usize): void {
  if (lanes == 16) outerPlanes16(a, b, to, count, aPixel);
  else outerPlanes8(a, b, to, count, aPixel);
}
