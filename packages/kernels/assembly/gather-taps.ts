import {
  OUTPUT_HEIGHT, OUTPUT_WIDTH, TAP_COLUMN_STEP, TAP_COLUMNS, TAP_ROW_STEP, TAP_ROWS, X_PIXEL, X_ROW_JUMP, Y_PIXEL, Y_ROW_JUMP,
} from './geometry';
import { storeLanes } from './lanes';

/**
 * The last part of an input gradient of few channels: y[row][column][c] = the sum over the taps of products[the pixel that it meets
 * there][tap][c], in the order of the walk, whose steps go from a tap's product at one pixel to the next tap's at another. One image.
 */
export function gatherTaps(g: usize, products: usize, y: usize, channels: i32): void {
  const width = load<i32>(g, OUTPUT_WIDTH), height = load<i32>(g, OUTPUT_HEIGHT);
  const xPixel = <usize>load<i32>(g, X_PIXEL), yPixel = <usize>load<i32>(g, Y_PIXEL);
  const tapRows = load<i32>(g, TAP_ROWS), tapRowStep = <usize>load<i32>(g, TAP_ROW_STEP);
  const tapColumns = load<i32>(g, TAP_COLUMNS), tapColumnStep = <usize>load<i32>(g, TAP_COLUMN_STEP);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      for (let c = 0; c < channels; c += 4) {
        let sum = f32x4.splat(0), row = products + (<usize>c << 2);
        for (let r = 0; r < tapRows; r++) {
          let tap = row;
          for (let t = 0; t < tapColumns; t++) {
            sum = f32x4.add(sum, v128.load(tap));
            tap += tapColumnStep;
          }
          row += tapRowStep;
        }
        storeLanes(y + (<usize>c << 2), sum, channels - c);
      }
      products += xPixel;
      y += yPixel;
    }
    products += <usize>load<i32>(g, X_ROW_JUMP);
    y += <usize>load<i32>(g, Y_ROW_JUMP);
  }
}
