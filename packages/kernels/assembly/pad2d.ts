import { add } from './reduce';
import { copyRow } from './vectors';

/**
 * Borders around x[images][height][width][channels], of `top`, `bottom`, `left` and `right` pixels. Modes are numbered as in
 * src/ops/pad2d.ts; reflect needs a border smaller than the image, circular one that is not larger. A constant border may be
 * negative: so many pixels of the image are left out, all at most.
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

/** How many of `size` positions borders that are negative leave. */
function kept(size: i32, before: i32, after: i32): i32 {
  return size + min(before, 0) + min(after, 0);
}

function constantForward(x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, top: i32, bottom: i32, left: i32, right: i32, value: f32): void {
  const pixel = <usize>channels << 2, xRow = pixel * width, yRow = pixel * (left + width + right);
  const above = yRow * max(top, 0), below = yRow * max(bottom, 0), before = pixel * max(left, 0), behind = pixel * max(right, 0);
  const rows = kept(height, top, bottom), inner = pixel * kept(width, left, right);
  for (; images > 0; images--, x += xRow * height) {
    let from = x + xRow * max(-top, 0) + pixel * max(-left, 0);
    fill(y, above, value);
    y += above;
    for (let h = 0; h < rows; h++, from += xRow, y += yRow) {
      fill(y, before, value);
      memory.copy(y + before, from, inner);
      fill(y + before + inner, behind, value);
    }
    fill(y, below, value);
    y += below;
  }
}

function constantBackward(dy: usize, dx: usize, images: i32, height: i32, width: i32, channels: i32, top: i32, bottom: i32, left: i32, right: i32): void {
  const pixel = <usize>channels << 2, xRow = pixel * width, yRow = pixel * (left + width + right);
  const above = xRow * max(-top, 0), below = xRow * max(-bottom, 0), before = pixel * max(-left, 0), behind = pixel * max(-right, 0);
  const rows = kept(height, top, bottom), inner = pixel * kept(width, left, right);
  for (; images > 0; images--, dy += yRow * (top + height + bottom)) {
    let from = dy + yRow * max(top, 0) + pixel * max(left, 0);
    memory.fill(dx, 0, above);
    dx += above;
    for (let h = 0; h < rows; h++, from += yRow, dx += xRow) {
      memory.fill(dx, 0, before);
      memory.copy(dx + before, from, inner);
      memory.fill(dx + before + inner, 0, behind);
    }
    memory.fill(dx, 0, below);
    dx += below;
  }
}

/** y[images][top + height + bottom][left + width + right][channels] = x with its border; `value` is what a constant one has. */
export function pad2dForward(x: usize, y: usize, images: i32, height: i32, width: i32, channels: i32, top: i32, bottom: i32, left: i32, right: i32, mode: i32, value: f32): void {
  if (mode == CONSTANT) return constantForward(x, y, images, height, width, channels, top, bottom, left, right, value);
  const pixel = <usize>channels << 2, xRow = pixel * width, yRow = pixel * (left + width + right);
  for (; images > 0; images--, y += yRow * (top + height + bottom)) {
    const first = y + yRow * top;
    for (let h = 0; h < height; h++, x += xRow) {
      const inner = first + yRow * h + pixel * left;
      memory.copy(inner, x, xRow);
      for (let w = -left; w < 0; w++) copyRow(inner + pixel * w, inner + pixel * repeated(w, width, mode), pixel);
      for (let w = width; w < width + right; w++) copyRow(inner + pixel * w, inner + pixel * repeated(w, width, mode), pixel);
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
  if (mode == CONSTANT) return constantBackward(dy, dx, images, height, width, channels, top, bottom, left, right);
  const pixel = <usize>channels << 2, xRow = pixel * width, yRow = pixel * (left + width + right);
  for (; images > 0; images--, dy += yRow * (top + height + bottom), dx += xRow * height) {
    const first = dy + yRow * top + pixel * left;
    for (let h = 0; h < height; h++) {
      memory.copy(dx + xRow * h, first + yRow * h, xRow);
      addEnds(first + yRow * h, dx + xRow * h, width, channels, left, right, mode);
    }
    for (let i = 0; i < top + bottom; i++) {
      const h = i < top ? i - top : height + i - top;
      const to = dx + xRow * repeated(h, height, mode), from = first + yRow * h;
      add(to, from, width * channels);
      addEnds(from, to, width, channels, left, right, mode);
    }
  }
}
