/**
 * Where the windows of pooling lie along one axis. Window i of `outputs` begins at pixel i·stride − padding and is `extent`
 * pixels long, of which every `dilation`-th is in it; with stride 0 the windows are adaptive ones, from ⌊i·size/outputs⌋
 * to ⌈(i + 1)·size/outputs⌉, without padding and dilation.
 */

/** The window's first pixel that is in the image. */
// @ts-ignore: decorator
@inline
export function windowBegin(i: i32, size: i32, outputs: i32, stride: i32, padding: i32, dilation: i32): i32 {
  if (stride == 0) return <i32>(<i64>i * size / outputs);
  const begin = i * stride - padding;
  return begin >= 0 ? begin : begin + (dilation - 1 - begin) / dilation * dilation;
}

/** Behind the window's last pixel that is in the image. */
// @ts-ignore: decorator
@inline
export function windowEnd(i: i32, size: i32, outputs: i32, extent: i32, stride: i32, padding: i32): i32 {
  if (stride == 0) return <i32>((<i64>(i + 1) * size + outputs - 1) / outputs);
  return min(size, i * stride - padding + extent);
}

/** The window's pixels that are in the image or its padding on both sides; a product of two may pass an int32. */
// @ts-ignore: decorator
@inline
export function windowPixels(i: i32, size: i32, extent: i32, stride: i32, padding: i32): i64 {
  const begin = i * stride - padding;
  return min(begin + extent, size + padding) - begin;
}

/** Whether every pixel is in one window, and in one only. */
// @ts-ignore: decorator
@inline
export function windowsTile(size: i32, outputs: i32, extent: i32, stride: i32, padding: i32, dilation: i32): bool {
  if (stride == 0) return size % outputs == 0;
  return padding == 0 && dilation == 1 && stride == extent && outputs * stride == size;
}
