import { add } from './reduce';
import { copyRow } from './vectors';

/**
 * Borders around x[images][height][width][channels], of `top`, `bottom`, `left` and `right` pixels. Modes are numbered as in
 * src/ops/pad2d.ts; reflect needs a border smaller than the image, circular one that is not larger.
 */
const CONSTANT: i32 = 0;
const REFLECT: i32 = 1;
const REPLICATE: i32 = 2;

/** Which of `size` positions one before or behind them repeats. What is not named is circular. */
function repeated(at: i32, size: i32, mode: i32): i32 {
  if (mode == REFLECT) return at < 0 ? -at : 2 * (size - 1) - at;
  if (mode == REPLICATE) return at < 0 ? 0 : size - 1;
  return at < 0 ? at + size : at - size;
}

function fill(to: usize, bytes: usize, value: f32): void {
  if (reinterpret<i32>(value) == 0) {
    memory.fill(to, 0, bytes);
    return;
  }
  for (let i: usize = 0; i < bytes; i += 4) store<f32>(to + i, value);
}

/** y[images][top + height + bottom][left + width + right][channels] = x with its border; `value` is what a constant one has. */
export function pad2dForward(x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, top: i32, bottom: i32, left: i32, right: i32, mode: i32, value: f32): void {
  const pixel = <usize>channels << 2, xRow = pixel * width, yRow = pixel * (left + width + right);
  for (; images > 0; images--, y += yRow * (top + height + bottom)) {
    const first = y + yRow * top;
    for (let h = 0; h < height; h++, x += xRow) {
      const inner = first + yRow * h + pixel * left;
      memory.copy(inner, x, xRow);
      if (mode == CONSTANT) {
        fill(inner - pixel * left, pixel * left, value);
        fill(inner + xRow, pixel * right, value);
        continue;
      }
      for (let w = -left; w < 0; w++) copyRow(inner + pixel * w, inner + pixel * repeated(w, width, mode), pixel);
      for (let w = width; w < width + right; w++) copyRow(inner + pixel * w, inner + pixel * repeated(w, width, mode), pixel);
    }
    if (mode == CONSTANT) {
      fill(y, yRow * top, value);
      fill(first + yRow * height, yRow * bottom, value);
      continue;
    }
    // The rows of the border are rows of the inside, their own borders with them.
    for (let h = -top; h < 0; h++) memory.copy(first + yRow * h, first + yRow * repeated(h, height, mode), yRow);
    for (let h = height; h < height + bottom; h++) memory.copy(first + yRow * h, first + yRow * repeated(h, height, mode), yRow);
  }
}

/** dx += what the left and right border of a row of dy repeat, from left to right; `inner` is behind the left border. */
function addEnds(inner: usize, dx: usize, width: i32, channels: i32, left: i32, right: i32, mode: i32): void {
  const pixel = <usize>channels << 2;
  for (let w = -left; w < 0; w++) add(dx + pixel * repeated(w, width, mode), inner + pixel * w, channels);
  for (let w = width; w < width + right; w++) add(dx + pixel * repeated(w, width, mode), inner + pixel * w, channels);
}

/** dx = dy, and dy's border added to the pixels that it repeats: of each row first, then row by row from top to bottom. */
export function pad2dBackward(dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, top: i32, bottom: i32, left: i32, right: i32, mode: i32): void {
  const pixel = <usize>channels << 2, xRow = pixel * width, yRow = pixel * (left + width + right);
  for (; images > 0; images--, dy += yRow * (top + height + bottom), dx += xRow * height) {
    const first = dy + yRow * top + pixel * left;
    for (let h = 0; h < height; h++) {
      memory.copy(dx + xRow * h, first + yRow * h, xRow);
      if (mode != CONSTANT) addEnds(first + yRow * h, dx + xRow * h, width, channels, left, right, mode);
    }
    if (mode == CONSTANT) continue;
    for (let i = 0; i < top + bottom; i++) {
      const h = i < top ? i - top : height + i - top;
      const to = dx + xRow * repeated(h, height, mode), from = first + yRow * h;
      add(to, from, width * channels);
      addEnds(from, to, width, channels, left, right, mode);
    }
  }
}
